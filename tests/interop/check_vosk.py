"""vosk-transcriber, whose one address is ws://localhost:2700."""

import os
import shutil
from pathlib import Path

import pytest

from tests.interop import clients, environments
from tests.interop.product import Product
from tests.interop.recordings import Recording

pytestmark = pytest.mark.door("TCP VOSK_PORT")


def transcribe(wav: Path, output: Path, tools: Path, *options: str) -> str:
    """What the client writes into a file; it converts sound with an FFmpeg that it finds by its name."""
    interpreter, program = environments.python("vosk"), clients.PROGRAMS / "vosk_cli.py"
    command = [str(interpreter), str(program), "--server", "-i", str(wav), "-o", str(output), *options]
    done = clients.command_line(command, environment={"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"})
    assert done.returncode == 0, done.stderr
    return output.read_text()


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with `ffmpeg`."""
    folder = tmp_path / "tools"
    folder.mkdir()
    found = shutil.which("ffmpeg") or ffmpeg()
    (folder / "ffmpeg").symlink_to(found)
    return folder


def ffmpeg() -> str:
    command = [
        str(environments.python("ffmpeg")),
        "-c",
        "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())",
    ]
    return clients.command_line(command).stdout.strip()


def test_text(product: Product, token: str, said_with_pauses: Recording, tmp_path: Path, tools: Path) -> None:
    text = transcribe(said_with_pauses.wav(tmp_path), tmp_path / "out.txt", tools)
    said_with_pauses.assert_heard_as(text)


def test_subtitles(
    product: Product, token: str, said_with_pauses: Recording, tmp_path: Path, tools: Path
) -> None:
    text = transcribe(said_with_pauses.wav(tmp_path), tmp_path / "out.srt", tools, "-t", "srt")
    cues = [cue.splitlines() for cue in text.strip().split("\n\n")]
    said_with_pauses.assert_heard_as(" ".join(line for cue in cues for line in cue[2:]))
