"""Recordings of a microphone and of shared sound: two channels of one file."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from django.utils import timezone

from captions.audio.ogg import channels_of
from captions.audio.opus_packet import is_stereo
from captions.models import Session
from captions.recordings import joining
from captions.recordings.channels import sources
from captions.recordings.cutting import cut
from captions.speech.types import TimeRange
from tests.factories import make_session, make_user
from tests.recordings.support import Session as Heard
from tests.recordings.support import keep, played

pytestmark = pytest.mark.django_db

TICKS = 960
Packet = tuple[bytes, int, int, int]


@pytest.fixture(autouse=True)
def _folders(sound: Path, settings: object, tmp_path: Path) -> None:
    settings.UPLOAD_DIR = tmp_path / "uploads"  # type: ignore[attr-defined]


@pytest.fixture
def session() -> Session:
    return make_session(make_user(), ["one"], ended_at=timezone.now(), keep_sound=True, has_shared=True)


def packets(hertz: float, shared_hertz: float | None, first: int, count: int) -> list[Packet]:
    """Packets of 20 ms with a tone in the first channel, and another in the second one, if there is one."""
    channels = 1 if shared_hertz is None else 2
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.format, encoder.bit_rate = 48_000, "s16", 32_000 * channels
    encoder.layout = "mono" if channels == 1 else "stereo"
    times = np.arange(TICKS * count) / 48_000
    tones = [8_000 * np.sin(2 * np.pi * each * times) for each in (hertz, shared_hertz) if each is not None]
    sound = np.stack(tones, axis=1).astype(np.int16)
    payloads = []
    for start in range(0, len(sound), TICKS):
        frame = av.AudioFrame.from_ndarray(
            sound[start : start + TICKS].reshape(1, -1), format="s16", layout=encoder.layout.name
        )
        frame.sample_rate = 48_000
        payloads += [bytes(packet) for packet in encoder.encode(frame)]
    return [(payload, (first + number) * TICKS, TICKS, channels) for number, payload in enumerate(payloads)]


def heard(*parts: list[Packet]) -> Any:
    made: Any = Heard()
    made.kept = [packet for part in parts for packet in part]
    return made


def hertz(sound: np.ndarray) -> float:
    """The strongest frequency of a sound at 16 kHz; 0 for silence."""
    if np.abs(sound).max() < 0.01:
        return 0.0
    return float(np.argmax(np.abs(np.fft.rfft(sound)))) * 16_000 / sound.size


def test_a_recording_has_two_channels_only_where_sound_was_shared(session: Session) -> None:
    other = make_session(make_user(), ["one"], ended_at=timezone.now(), keep_sound=True)
    keep(session, heard(packets(300, None, 0, 50), packets(300, 800, 50, 50)))
    keep(other, heard(packets(300, None, 0, 50)))
    assert joining.finish_all() == 2
    assert channels_of(session.recording.file.path) == 2
    assert channels_of(other.recording.file.path) == 1
    assert session.recording.duration_ms == pytest.approx(2_000, abs=20)


def test_each_source_is_read_apart_on_the_clock_of_the_session(session: Session) -> None:
    # The microphone alone, then both, then a hole, then both again.
    keep(
        session,
        heard(packets(300, None, 0, 100), packets(400, 800, 100, 100), packets(500, 900, 250, 100)),
    )
    joining.finish_all()
    path = Path(session.recording.file.path)
    with sources(session, path, "copy", lambda: None) as files:
        assert [shared for _, shared in files] == [False, True]
        own, shared = (played(file) for file, _ in files)
        copies = [file for file, _ in files]
    assert not any(copy.exists() for copy in copies)
    seconds = [0.5, 2.5, 4.4, 5.5]

    def tones(sound: np.ndarray) -> list[float]:
        return [round(hertz(sound[int(at * 16_000) :][:8_000]), -1) for at in seconds]

    assert tones(own) == [300, 400, 0, 500]
    assert tones(shared) == [0, 800, 0, 900]
    assert own.size == pytest.approx(7 * 16_000, abs=640)


def test_a_cut_keeps_both_channels(session: Session) -> None:
    keep(session, heard(packets(300, None, 0, 100), packets(400, 800, 100, 100)))
    with cut(session, TimeRange(1_000, 4_000), lambda: None) as path:
        assert path is not None
        assert channels_of(str(path)) == 2


def test_a_session_of_a_microphone_is_read_as_it_is(session: Session) -> None:
    session.has_shared = False
    with sources(session, Path("sound.opus"), "copy", lambda: None) as files:
        assert files == [(Path("sound.opus"), False)]


def test_the_first_byte_of_a_packet_tells_its_channels() -> None:
    assert all(is_stereo(payload) for payload, *_ in packets(300, 800, 0, 5))
    assert not any(is_stereo(payload) for payload, *_ in packets(300, None, 0, 5))
    assert not is_stereo(b"")
