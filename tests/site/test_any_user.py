"""Processes of a user who is in no list of users and has no home, as in a container."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from captions import checks
from tests.conftest import REPOSITORY
from tests.site.test_settings import manage
from whisperstream_site import home
from whisperstream_site.launcher import stores

NOBODY = 12345


@pytest.mark.parametrize("name", ["/nowhere", "relative"])
def test_without_a_home_that_can_be_written_to_the_folder_for_everything_is_it(monkeypatch, tmp_path, name):
    monkeypatch.setenv("HOME", name)
    home.ensure(os.environ, tmp_path)
    assert Path.home() == tmp_path


def test_a_user_in_no_list_without_home(monkeypatch, tmp_path):
    def unknown(uid):
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    home.ensure(os.environ, tmp_path)
    assert Path.home() == tmp_path


def test_a_home_stays(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    home.ensure(os.environ, tmp_path / "var")
    assert Path.home() == tmp_path


def test_models_are_kept_where_they_can_be(product_env):
    del product_env["HOME"]
    code = "import huggingface_hub.constants as c; print(c.HF_HOME)"
    done = manage(product_env | {"HOME": "/nowhere"}, "shell", "--verbosity", "0", "--command", code)
    assert done.stdout.split("\n")[-2] == f"{product_env['VAR_DIR']}/.cache/huggingface", done.stderr


def test_a_folder_that_cannot_be_made_is_named(settings, tmp_path):
    assert checks.folders(None) == []
    (tmp_path / "file").touch()
    settings.UPLOAD_DIR = tmp_path / "file" / "uploads"
    (message,) = checks.folders(None)
    assert message.msg == f"UPLOAD_DIR is {tmp_path}/file/uploads, where user {os.geteuid()} cannot write."
    settings.UPLOAD_DIR = tmp_path / "to" / "be" / "made"
    assert checks.folders(None) == []


def test_a_secret_that_cannot_be_kept_is_refused_with_the_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(
        ImproperlyConfigured, match=r"VAR_DIR is .*/file/var, where user \d+ cannot read and write"
    ):
        stores.local_secret(tmp_path / "file" / "var")


def test_a_home_in_the_name_of_a_model(settings, monkeypatch):
    def no_home(path):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", no_home)
    settings.WHISPER_MODEL = "~/model"
    assert "write the whole path" in checks.speech_model(None)[0].msg


def test_every_check_and_the_first_steps_as_nobody(product_env, tmp_path_factory):
    """With the Python of the tests, where others may run it; the database is not reached, whose socket is private."""
    if os.geteuid() != 0:
        pytest.skip("Only root starts processes as somebody else.")
    folder = tmp_path_factory.mktemp("nobody")
    for parent in (folder, folder.parent):
        parent.chmod(0o755)
    var_dir = folder / "var"
    var_dir.mkdir()
    var_dir.chmod(0o770)
    environment = product_env | {"VAR_DIR": str(var_dir), "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"}
    del environment["HOME"], environment["SECRET_KEY"]
    code = (
        "import json, os; from pathlib import Path; from django.conf import settings; "
        "import huggingface_hub, celery, twisted.internet.reactor; "
        "print(json.dumps([os.getuid(), str(Path.home()), len(settings.SECRET_KEY) > 40]))"
    )
    command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", code]
    try:
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            env=environment,
            capture_output=True,
            text=True,
            user=NOBODY,
            group=0,
            extra_groups=[],
        )
    except PermissionError:
        pytest.skip("The Python of the tests is in a folder that only root may enter.")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.split("\n")[-2]) == [NOBODY, str(var_dir), True]


def test_the_image_writes_to_one_folder_which_everybody_may_write_to():
    text = (REPOSITORY / "deploy" / "Dockerfile").read_text()
    (folder,) = re.findall(r"VAR_DIR=(\S+)", text)
    assert f"HOME={folder} " in text
    assert f"chmod 0777 {folder}" in text
    assert f"VOLUME {folder}\n" in text
    assert re.search(r"^USER \d+:0$", text, re.MULTILINE), "a number, which an orchestrator can check"
    for source in re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE):
        for name in source.split():
            assert (REPOSITORY / name).exists()
            assert f"!{name}\n" in (REPOSITORY / ".dockerignore").read_text()
