"""Which stores are embedded, how they are kept running, and how their addresses are spelled."""

import os
import signal
from pathlib import Path

import pytest

from tests.processes import gone, until
from whisperstream_site.launcher import stores


def _valkey(var_dir: Path) -> int:
    return int((var_dir / "valkey" / "valkey.pid").read_text())


def test_only_the_stores_that_no_variable_names_are_embedded(monkeypatch, tmp_path):
    monkeypatch.delenv("REDIS_URL")
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/x")
    embedded = stores.Embedded(tmp_path)
    embedded.start(print)
    try:
        assert stores.urls(tmp_path).database == "postgresql://elsewhere/x"
        assert stores.urls(tmp_path).redis.startswith("unix://")
        assert (tmp_path / "stores.json").stat().st_mode & 0o777 == 0o600
        said: list[str] = []
        embedded.revive(said.append)
        assert said == []
        os.kill(valkey := _valkey(tmp_path), signal.SIGKILL)
        until(lambda: gone(valkey), "Valkey is gone")
        embedded.revive(said.append)
        assert said == ["Valkey has ended; starting it again."]
        assert _valkey(tmp_path) != valkey
        embedded.revive(said.append)
        assert len(said) == 1
    finally:
        embedded.stop(print)
    assert not (tmp_path / "stores.json").exists()


@pytest.mark.parametrize(
    ("url", "celery"),
    [
        ("redis://h:6379/1", "redis://h:6379/1"),
        ("rediss://u:p@h:6379", "rediss://u:p@h:6379"),
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock"),
        ("unix:///run/valkey.sock?db=2", "redis+socket:///run/valkey.sock?virtual_host=2"),
    ],
)
def test_celery_spells_sockets_its_own_way(url, celery):
    assert stores.celery_url(url) == celery


def test_a_secret_is_made_once(tmp_path):
    first = stores.local_secret(tmp_path / "var")
    assert len(first) >= 50
    assert stores.local_secret(tmp_path / "var") == first
    assert (tmp_path / "var" / "secret-key").stat().st_mode & 0o777 == 0o600
