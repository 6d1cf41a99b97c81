import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django.fixtures import Settings

from captions.engines.model_files import DEMO_FOLDER
from tests.engines import fake_hub

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


def test_the_demo_model_stands_in_for_the_default(env: dict[str, str]) -> None:
    done = run(env, "--probe")
    assert done.returncode == 0, done.stderr
    probed = json.loads(done.stdout)
    assert "could not be downloaded from http://127.0.0.1:9" in probed.pop("reason")
    assert probed == {"model": "demo", "path": str(DEMO_FOLDER), "demo": True, "cached": True}

    done = run(env)
    assert done.returncode == 0
    assert "the demo model stands in" in done.stdout
    assert "The model demo runs on cpu" in done.stdout


@pytest.mark.parametrize(
    ("more", "arguments"),
    [
        ({"WHISPER_MODEL": "base"}, []),
        ({"WHISPER_MODEL": "base"}, ["--probe"]),
        ({"DEBUG": "0", "ALLOWED_HOSTS": "localhost"}, []),
    ],
)
def test_nothing_stands_in_for_a_chosen_model_nor_in_production(
    env: dict[str, str], more: dict[str, str], arguments: list[str]
) -> None:
    done = run({**env, **more}, *arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "faster-whisper-base" in done.stderr
    assert "Set WHISPER_MODEL=/path/to/model" in done.stderr


def test_a_download_shows_how_far_it_is(env: dict[str, str]) -> None:
    with fake_hub.running("someone/their-whisper") as hub:
        env = {**env, "HF_ENDPOINT": hub.url, "WHISPER_MODEL": "someone/their-whisper"}
        probed = json.loads(run(env, "--probe").stdout)
        assert probed == {
            "model": "someone/their-whisper",
            "path": "",
            "demo": False,
            "reason": "",
            "cached": False,
        }
        done = run(env)
        assert done.returncode == 0, done.stderr
        assert "Downloading the model someone/their-whisper: 100 % of 10 MB" in done.stderr
        assert "The model someone/their-whisper runs on cpu" in done.stdout
    assert json.loads(run(env, "--probe").stdout)["cached"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("WHISPER_MODEL", "/nowhere/model", "/nowhere/model does not exist"),
        ("WHISPER_COMPUTE_TYPE", "int7", "WHISPER_COMPUTE_TYPE is 'int7'"),
    ],
)
def test_wrong_settings(settings: Settings, name: str, value: str, expected: str) -> None:
    settings.WHISPER_MODEL = "demo"
    settings.WHISPER_DEVICE = "cpu"
    setattr(settings, name, value)
    with pytest.raises(CommandError, match=expected):
        call_command("model", stdout=StringIO(), stderr=StringIO())


def test_the_model_of_the_second_pass_is_loaded_too(settings: Settings, tmp_path: Path) -> None:
    settings.WHISPER_MODEL = "demo"
    settings.WHISPER_DEVICE = "cpu"
    settings.SECOND_PASS_MODEL = str(DEMO_FOLDER)
    out = StringIO()
    call_command("model", stdout=out)
    assert out.getvalue().count("The model demo runs on cpu") == 2
    settings.SECOND_PASS_MODEL = str(tmp_path / "missing")
    with pytest.raises(CommandError, match=r"SECOND_PASS_MODEL: The model folder .*missing does not exist"):
        call_command("model", stdout=StringIO())
