import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

GONE = {
    "DATABASE_URL": "postgresql://someone:s3cret@127.0.0.1:1/nothing",
    "REDIS_URL": "redis://:s3cret@127.0.0.1:1",
}


def wait(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "wait_for_stores", *arguments],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )


def test_silent_when_both_are_there(product_env):
    done = wait(product_env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("variable", "away", "there"),
    [("DATABASE_URL", "PostgreSQL", "Valkey"), ("REDIS_URL", "Valkey", "PostgreSQL")],
)
def test_says_which_store_is_away(product_env, variable, away, there):
    done = wait(product_env | {variable: GONE[variable]}, "--seconds", "0.5")
    assert done.returncode == 1
    assert f"{away} is away (" in done.stderr
    assert "Trying again" in done.stderr
    assert there not in done.stderr
    assert "Traceback" not in done.stderr
    assert "s3cret" not in done.stderr


def test_a_store_that_is_nowhere_named_is_said_to_be_so(product_env):
    del product_env["REDIS_URL"]
    done = wait(product_env, "--seconds", "0")
    assert "REDIS_URL is not set, and no embedded Valkey is running" in done.stderr


def test_it_goes_on_when_the_store_comes(product_env, tmp_path):
    from whisperstream_site.launcher.embedded import EmbeddedValkey

    product_env["REDIS_URL"] = f"unix://{tmp_path}/vk/valkey.sock"
    waiting = subprocess.Popen(
        [sys.executable, "manage.py", "wait_for_stores"],
        cwd=REPOSITORY,
        env=product_env,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert waiting.stderr
    assert "Valkey is away" in waiting.stderr.readline()
    valkey = EmbeddedValkey(tmp_path / "vk", keep=False)
    valkey.start()
    try:
        assert waiting.stderr.read().strip() == "Valkey is there."
        assert waiting.wait(120) == 0
    finally:
        valkey.stop()
