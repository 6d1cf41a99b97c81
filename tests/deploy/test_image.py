"""The steps of the Dockerfile in a fresh Debian, and the product in it. Takes minutes: `TEST_IMAGE=folder`."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.conftest import REPOSITORY
from tests.deploy.image import Image, bootstrap, steps
from tests.processes import could_dictate, free_port, until
from tests.speech_data import DATA
from tests.toy import TOY_FOLDER

DOCKERFILE = REPOSITORY / "deploy" / "Dockerfile"
# Somebody who is in no list of users.
STRANGER = "12345:0"
_POSTGRES = """
import signal
from pathlib import Path
from whisperstream_site.launcher.embedded import EmbeddedPostgres
options = {"listen_addresses": "127.0.0.1", "port": "%s"}
postgres = EmbeddedPostgres(Path("/var/lib/whisperstream/stores/postgres"), options=options)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
postgres.start("postgres")
signal.sigwait([signal.SIGTERM])
postgres.stop()
"""

slow = pytest.mark.skipif(
    not os.environ.get("TEST_IMAGE") or not shutil.which("mmdebstrap") or os.geteuid() != 0,
    reason="set TEST_IMAGE to a folder for a Debian, as root, with mmdebstrap installed",
)


def test_the_image_needs_nobody_and_checks_itself() -> None:
    found = dict(steps(DOCKERFILE))
    assert found["USER"] == "10001:0"
    assert "whisperstream_site.health" in found["HEALTHCHECK"]
    assert found["CMD"] == '["python", "-m", "whisperstream_site.launcher"]'


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    base = Path(os.environ["TEST_IMAGE"]) / "base"
    if not base.is_dir():
        base.parent.mkdir(parents=True, exist_ok=True)
        bootstrap(base, DOCKERFILE)
    root = base.with_name(f"root-{os.getpid()}")
    subprocess.run(["cp", "--archive", "--reflink=auto", str(base), str(root)], check=True)
    made = Image(root)
    try:
        made.build(DOCKERFILE, REPOSITORY)
        (root / "model").mkdir()
        yield made
    finally:
        shutil.rmtree(root, ignore_errors=True)


@slow
def test_somebody_unknown_runs_everything_on_a_read_only_root(image: Image, tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    for folder in (volume, *tmp_path.parents[:2], tmp_path):
        folder.chmod(0o777)
    store_port, port = free_port(), free_port()
    database = image.container(
        volume, "python", "-c", _POSTGRES % store_port, VAR_DIR="/var/lib/whisperstream/stores"
    )
    environment = {
        "DATABASE_URL": f"postgresql://postgres@127.0.0.1:{store_port}/postgres",
        "PORT": str(port),
        "LOCAL": "yes",
        "WHISPER_MODEL": "/model",
        "WHISPER_DEVICE": "cpu",
        "LOG_LEVEL": "warning",
    }
    binds = {TOY_FOLDER: "/model"}
    until(lambda: (volume / "stores/postgres/postmaster.pid").exists(), "PostgreSQL", 120)
    product = image.container(volume, user=STRANGER, binds=binds, **environment)
    try:
        url = f"http://localhost:{port}"
        until(lambda: could_dictate(url), "a dictation could begin", 300)
        page = httpx.get(url, follow_redirects=True)
        assert page.status_code == 200
        assert "csrfmiddlewaretoken" in page.text
        assert list((volume / "static").rglob("*.js"))

        health = image.container(volume, *image.health, user=STRANGER, PORT=str(port))
        assert (health.wait(60), health.communicate()[0]) == (0, "")
        asked = ("python", "manage.py", "token", "--username", "admin", "--scope", "transcribe")
        made = image.container(volume, *asked, user=STRANGER, binds=binds, **environment)
        token = made.communicate()[0].split()[-1]
        assert made.returncode == 0, token
        heard = httpx.post(
            f"{url}/v1/audio/transcriptions",
            headers={"Authorization": f"Bearer {token}"},
            files={"file": ("note.flac", (DATA / "note-en-us.flac").read_bytes())},
            data={"model": "whisper-1"},
            timeout=300,
        )
        assert heard.status_code == 200, heard.text
        assert len(heard.json()["text"].split()) > 20, heard.text
        owners = {path.stat().st_uid for path in volume.iterdir() if path.name != "stores"}
        assert owners == {int(STRANGER.partition(":")[0])}
    finally:
        # To the launcher, which is the first process in there.
        said = _stopped(product)
        _stopped(database)
    assert "Read-only file system" not in said
    assert "Stopped." in said, said


def _stopped(container: "subprocess.Popen[str]") -> str:
    """What the container has said, after its first process was asked to stop, and killed where it did not."""
    children = Path(f"/proc/{container.pid}/task/{container.pid}/children").read_text().split()
    for number, seconds in ((signal.SIGTERM, 90), (signal.SIGKILL, 30)):
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(int(child), number)
        with suppress(subprocess.TimeoutExpired):
            return container.communicate(timeout=seconds)[0]
    raise AssertionError("a container cannot be killed")
