"""FFmpeg 9: its WHIP muxer, with sound alone and with a picture that the product does not take."""

from pathlib import Path

import pytest

from tests.interop import clients, environments
from tests.interop.history import History
from tests.interop.product import Product
from tests.interop.recordings import Recording

pytestmark = pytest.mark.door("POST /whip")

SOUND = ["-c:a", "libopus", "-ar", "48000", "-ac", "2"]
PICTURE = ["-c:v", "libx264", "-profile:v", "baseline", "-bf", "0", "-g", "25", "-pix_fmt", "yuv420p"]


@pytest.fixture(scope="module")
def ffmpeg() -> str:
    """The path of an FFmpeg 9."""
    code = "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())"
    try:
        return clients.command_line([str(environments.python("ffmpeg")), "-c", code]).stdout.strip()
    except environments.NotInstalled as error:
        return pytest.fail(str(error))


def publish(ffmpeg: str, url: str, token: str, wav: Path, *, is_seen: bool = False) -> str:
    """Speaks a file to a WHIP endpoint, in real time; returns what FFmpeg says."""
    seen = ["-f", "lavfi", "-i", "testsrc=size=320x240:rate=25"] if is_seen else []
    encoders = [*SOUND, *(PICTURE if is_seen else []), "-shortest"]
    there = ["-f", "whip", "-authorization", token, url]
    done = clients.command_line([ffmpeg, "-nostdin", "-re", "-i", str(wav), *seen, *encoders, *there])
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stderr


@pytest.mark.parametrize("is_seen", [False, True], ids=["sound", "sound and picture"])
def test_a_dictation(
    ffmpeg: str,
    product: Product,
    token: str,
    history: History,
    said: Recording,
    tmp_path: Path,
    is_seen: bool,
) -> None:
    before = history.ids()
    publish(
        ffmpeg, f"{product.url}/whip?language=en", token, said.wav(tmp_path, silence=1.0), is_seen=is_seen
    )
    session = history.new_since(before)
    # FFmpeg deletes what it has made, and that ends the dictation.
    history.wait_for_end(session)
    said.assert_heard_as(history.text(session))


def test_a_wrong_key(ffmpeg: str, product: Product, token: str, said: Recording, tmp_path: Path) -> None:
    wav = said.wav(tmp_path)
    command = [ffmpeg, "-nostdin", "-i", str(wav), *SOUND, "-f", "whip"]
    done = clients.command_line([*command, "-authorization", "wsp_wrong", f"{product.url}/whip"])
    assert done.returncode != 0
