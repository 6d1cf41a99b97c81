"""A Valkey that is frozen: it takes connections and says nothing, as one that SIGSTOP has stopped."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django.fixtures import Settings

from captions.core import promptly, valkey
from captions.models import Archive, Recording
from tests.attack.test_pages import METHODS, _rolled_back, asked, pages
from tests.attack.things import make_things, meanings, sent
from tests.storages import store_below

pytestmark = pytest.mark.django_db


class Frozen:
    """A server that counts who waits for it."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._taken: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def asked(self) -> int:
        return len(self._taken)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        for each in self._taken:
            each.close()

    def _serve(self) -> None:
        try:
            while True:
                self._taken.append(self._socket.accept()[0])
        except OSError:
            return


@pytest.fixture
def frozen(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Frozen]:
    server = Frozen()
    url = f"redis://127.0.0.1:{server.port}"
    settings.REDIS_URL = url
    cache = settings.CACHES["default"]
    settings.CACHES = {
        "default": {**cache, "LOCATION": url, "OPTIONS": {**cache["OPTIONS"], "socket_timeout": 0.05}}
    }
    layer = {"hosts": [{"address": url, "socket_timeout": 15}], "prefix": "frozen"}
    settings.CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": layer}
    }
    monkeypatch.setattr(valkey, "_PAGE_SECONDS", 0.05)
    monkeypatch.setattr(promptly, "_SECONDS", 0.05)
    # However slow the machine is, it is the same page.
    monkeypatch.setattr(valkey, "_REMEMBERED_SECONDS", 3_600)
    valkey.valkey.cache_clear()
    yield server
    valkey.valkey.cache_clear()
    valkey.silence.forget()
    server.close()


def test_each_page_waits_once_at_most_and_none_fails(
    frozen: Frozen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_below(tmp_path / "kept", "sound", Recording, monkeypatch)
    store_below(tmp_path / "archives", "archives", Archive, monkeypatch)
    things = make_things()
    meant: dict[str, Any] = meanings(things)
    client = Client()
    client.force_login(things.user)
    waited = {}
    for route in pages():
        for method in METHODS:
            valkey.silence.forget()
            before = frozen.asked
            with _rolled_back():
                response = asked(client, method, route.path(meant), sent(things)[0])
            where = f"{method} {route.pattern}"
            waited[where] = frozen.asked - before
            assert response.status_code < 500 or response.status_code == 503, where
            if response.status_code == 503:
                assert b"cannot be reached at the moment" in response.content, where
    assert {where: count for where, count in waited.items() if count > 1} == {}
    assert waited["GET "] == 1


def test_the_dictation_page_opens_all_the_same(frozen: Frozen, visitor: Client) -> None:
    assert visitor.get("/").status_code == 200
    assert frozen.asked == 1


def test_a_login_is_answered_with_a_sentence(frozen: Frozen) -> None:
    """Wrong passwords are counted in Valkey."""
    response = Client().post("/accounts/login/", {"login": "maren", "password": "wrong"})
    assert response.status_code == 503
    assert b"cannot be reached at the moment" in response.content
    assert frozen.asked == 1
    assert caches["default"]
