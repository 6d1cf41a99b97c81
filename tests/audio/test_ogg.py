import os
import stat
from pathlib import Path

import numpy as np
import pytest

from captions.audio.ogg import OggOpusFile, packets
from captions.audio.silence import silence
from tests.recordings.support import Session, offsets_ms, played
from tests.speech_data import load_pcm
from tests.webrtc.link import Link
from tests.webrtc.speech_packets import packets_of

SPEECH = packets_of(load_pcm("note-en-us"))


def write(path: Path, session: Session) -> Path:
    file = OggOpusFile(path)
    for payload, at, ticks in session.kept:
        file.write(payload, at - session.start_ms * 48, ticks)
    file.close()
    return path


def test_packets_go_in_and_out_as_they_are(tmp_path: Path) -> None:
    session = Session().take(SPEECH[:200])
    read = list(packets(str(write(tmp_path / "a.opus", session))))
    assert [payload for payload, _, _ in read if payload in {p.payload for p in SPEECH}] == [
        packet.payload for packet in SPEECH[:200]
    ]
    assert stat.S_IMODE((tmp_path / "a.opus").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "link", [Link(), Link(loss=0.2, jitter=0.1, reordered=0.02)], ids=["all came", "a fifth is lost"]
)
def test_a_word_is_in_the_file_when_it_was_heard(tmp_path: Path, link: Link) -> None:
    session = Session().take(link.carry(SPEECH))
    offsets = offsets_ms(session.samples, played(write(tmp_path / "a.opus", session)))
    assert len(offsets) > 5
    assert max(map(abs, offsets)) < 20


def test_pauses_and_new_connections_leave_the_times_right(tmp_path: Path) -> None:
    session = Session().take(SPEECH[:300])
    for _ in range(10):
        session.path.pause()
        session.path.resume()
        session.take(SPEECH[300:400])
    session.another_peer(7.3).take(SPEECH[400:])
    offsets = offsets_ms(session.samples, played(write(tmp_path / "a.opus", session)))
    assert len(offsets) > 8
    assert max(map(abs, offsets)) < 20


def test_a_hole_is_silent_and_as_long_as_it_was(tmp_path: Path) -> None:
    file = OggOpusFile(tmp_path / "a.opus")
    file.write(SPEECH[100].payload, 0, 960)
    file.write(SPEECH[101].payload, 48_000 * 3, 960)
    file.close()
    sound = played(tmp_path / "a.opus")
    assert abs(sound.size - 16 * 3020) < 16 * 10
    assert not np.any(np.abs(sound[16_000:40_000]) > 1e-4)


def test_what_is_written_already_is_left_out(tmp_path: Path) -> None:
    session = Session().take(SPEECH[:100])
    file = OggOpusFile(tmp_path / "a.opus")
    for payload, at, ticks in [*session.kept, *session.kept, *session.kept[50:]]:
        file.write(payload, at, ticks)
    file.close()
    assert abs(file.end - 100 * 960) < 48 * 10


def test_a_file_that_breaks_off_is_played_to_its_last_page(tmp_path: Path) -> None:
    session = Session().take(SPEECH)
    file = OggOpusFile(tmp_path / "a.opus")
    for payload, at, ticks in session.kept:
        file.write(payload, at, ticks)
    # Never closed, and with half a page at the end.
    whole = (tmp_path / "a.opus").read_bytes()
    (tmp_path / "b.opus").write_bytes(whole[:-300])
    assert len(session.samples) / 16_000 - played(tmp_path / "a.opus").size / 16_000 < 1.1
    assert len(session.samples) / 16_000 - played(tmp_path / "b.opus").size / 16_000 < 1.7
    assert len(list(packets(str(tmp_path / "b.opus")))) > 500
    (tmp_path / "c.opus").write_bytes(b"Og")
    assert list(packets(str(tmp_path / "c.opus"))) == []
    file.close()


def test_a_full_disk_is_an_os_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("captions.audio.ogg._FLAGS", os.O_WRONLY)
    file = OggOpusFile(Path("/dev/full"))
    with pytest.raises(OSError, match="No space left"):
        _write_all(file)


def _write_all(file: OggOpusFile) -> None:
    for number, packet in enumerate(SPEECH):
        file.write(packet.payload, number * 960, 960)


def test_silence_is_as_long_as_it_should() -> None:
    assert [ticks for _, ticks in silence(6 * 960 + 960 + 360 + 119)] == [5760, 960, 240, 120]
    assert sum(ticks for _, ticks in silence(48_000)) == 48_000
