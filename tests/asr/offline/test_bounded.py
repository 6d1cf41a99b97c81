import os
import resource
import signal
import subprocess
import threading
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from captions.asr.ipc import Child, EndedError
from captions.asr.offline import decoder
from captions.asr.offline.bounded import BoundedSound
from captions.asr.offline.decoder import FROM_DECODER, DecodeRequest
from captions.asr.offline.media_error import MediaError
from captions.asr.offline.media_file import MediaFile
from tests.processes import gone, until
from tests.speech_data import DATA, Pcm, load_pcm, to_wav

from .files import guessed_length
from .test_media_file import encode

NOTE = DATA / "note-en-us.flac"


def decode_request(path: Path, *, most_seconds: float = 7200, opus: str = "") -> DecodeRequest:
    return DecodeRequest(os.fsencode(path), path.name, most_seconds, opus)


def whole(parts: list[Pcm | int]) -> Pcm:
    return np.concatenate([np.zeros(part, np.int16) if isinstance(part, int) else part for part in parts])


def test_the_sound_is_that_of_the_file(tmp_path: Path) -> None:
    with BoundedSound(decode_request(NOTE)) as bounded, MediaFile(NOTE) as media:
        assert bounded.about.seconds == pytest.approx(media.seconds, abs=0.001)
        assert np.array_equal(whole(list(bounded.sound())), whole(list(media.sound())))
        assert (bounded.position, bounded.missing) == (media.position, 0)


def test_damage_is_told(tmp_path: Path) -> None:
    cut = tmp_path / "cut.flac"
    cut.write_bytes(NOTE.read_bytes()[:100_000])
    with BoundedSound(decode_request(cut)) as sound:
        heard = whole(list(sound.sound())).size / 16_000
        assert 0 < heard < 20
        assert sound.missing == pytest.approx(20.1 - heard, abs=0.2)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "note.mp3 is not an audio or video file that can be read."),
        (b"Dear diary, " * 1000, "note.mp3 is not an audio or video file that can be read."),
        (
            b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
            "note.mp3 is not an audio or video file that can be read.",
        ),
    ],
)
def test_what_is_no_sound_is_said(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "note.mp3"
    path.write_bytes(content)
    with pytest.raises(MediaError) as raised, BoundedSound(decode_request(path)) as sound:
        list(sound.sound())
    assert str(raised.value) == problem


def test_what_is_too_long_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"^note-en-us.flac is longer than 0.00417 hours. Split it"):
        BoundedSound(decode_request(NOTE, most_seconds=15)).sound()


def test_a_file_whose_sound_cannot_be_counted_first_is_stopped_where_it_is_too_long(tmp_path: Path) -> None:
    path = tmp_path / "pipe.flac"
    os.mkfifo(path)
    writer = subprocess.Popen(["cp", NOTE, path])
    try:
        with BoundedSound(decode_request(path, most_seconds=4)) as sound:
            assert sound.about.seconds is None
            with pytest.raises(MediaError, match="longer"):
                list(sound.sound())
            assert sound.position <= 4
    finally:
        writer.kill()
        writer.wait()


def test_a_length_that_a_file_only_guesses_refuses_nobody(tmp_path: Path) -> None:
    """An MP3 file without a length in it begins quiet, so that FFmpeg expects several times its sound."""
    path = guessed_length(tmp_path / "voice.mp3")
    with av.open(str(path)) as container:
        assert container.duration
        assert container.duration / av.time_base > 40
    with BoundedSound(decode_request(path, most_seconds=30)) as sound:
        assert sound.about.seconds == pytest.approx(23, abs=0.5)
        assert whole(list(sound.sound())).size == pytest.approx(23 * 16_000, abs=8_000)
        assert (sound.missing, sound.broke_off) == (0, False)


def test_a_length_that_is_stated_wrongly_refuses_nobody(tmp_path: Path) -> None:
    path = to_wav(load_pcm(NOTE)[: 3 * 16_000], tmp_path / "short.wav")
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = (2_000_000_000).to_bytes(4, "little")
    path.write_bytes(data)
    with BoundedSound(decode_request(path, most_seconds=30)) as sound:
        assert whole(list(sound.sound())).size == 3 * 16_000


def test_a_clock_in_a_file_that_jumps_refuses_nobody(tmp_path: Path) -> None:
    path = encode(tmp_path / "paused.mka", load_pcm(NOTE)[: 4 * 16_000], "flac", 16_000, hole_s=60.0)
    with BoundedSound(decode_request(path, most_seconds=30)) as sound:
        assert whole(list(sound.sound())).size == pytest.approx(64 * 16_000, abs=1600)


@pytest.mark.parametrize(
    ("ends_by", "heard"),
    [(signal.SIGSEGV, True), (signal.SIGABRT, True), (signal.SIGXCPU, True), (signal.SIGKILL, False)],
)
def test_what_was_heard_before_a_decoder_crashed_is_kept(
    tmp_path: Path, ends_by: signal.Signals, heard: bool
) -> None:
    long = to_wav(np.tile(load_pcm(NOTE), 30), tmp_path / "long.wav")
    with BoundedSound(decode_request(long)) as sound:
        pieces = sound.sound()
        next(pieces)
        os.kill(sound._child.pid, ends_by)
        if heard:
            list(pieces)
            assert sound.broke_off
            assert sound.position > 0
        else:
            with pytest.raises(MediaError, match="memory or time"):
                list(pieces)


def test_a_decoder_that_crashes_at_once_has_a_damaged_file_and_no_want_of_memory(tmp_path: Path) -> None:
    fifo = tmp_path / "note.wav"
    os.mkfifo(fifo)
    threading.Timer(0.5, crash_decoders).start()
    with pytest.raises(MediaError) as raised:
        BoundedSound(decode_request(fifo))
    assert str(raised.value) == "The audio in note.wav is damaged and cannot be read."


def crash_decoders() -> None:
    for each in psutil.Process().children():
        if decoder.__name__ in " ".join(each.cmdline()):
            each.send_signal(signal.SIGSEGV)


def test_the_process_has_limits_and_ends_with_whoever_started_it(tmp_path: Path) -> None:
    long = to_wav(np.tile(load_pcm(NOTE), 30), tmp_path / "long.wav")
    child = Child(decoder.__name__, decode_request(long), FROM_DECODER)
    assert child.receive(30) is not None
    limits = {
        resource.RLIMIT_AS: 1 << 30,
        resource.RLIMIT_CPU: 1800,
        resource.RLIMIT_NOFILE: 32,
        resource.RLIMIT_FSIZE: 256 << 20,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in limits.items():
        assert max(resource.prlimit(child.pid, what)) <= most
    # As when that process dies.
    child._in.close()
    until(lambda: gone(child.pid), "the decoder has ended")
    child.close()


def test_the_process_knows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "not for everybody")
    with BoundedSound(decode_request(NOTE)) as sound:
        assert "SECRET_KEY" not in psutil.Process(sound._child.pid).environ()


def test_a_process_that_dies_is_said_to_have_taken_too_much(tmp_path: Path) -> None:
    long = to_wav(np.tile(load_pcm(NOTE), 30), tmp_path / "long.wav")
    with BoundedSound(decode_request(long)) as sound:
        pieces = sound.sound()
        next(pieces)
        os.kill(sound._child.pid, signal.SIGKILL)
        with pytest.raises(MediaError, match=r"^long.wav could not be read: it needs more memory or time"):
            list(pieces)


def test_more_memory_than_allowed_is_not_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose header wants 3 GB for one block of samples."""
    path = to_wav(load_pcm(NOTE)[:16_000], tmp_path / "bomb.wav")
    data = bytearray(path.read_bytes())
    data[22:24] = (65_535).to_bytes(2, "little")  # channels
    data[32:34] = (65_535).to_bytes(2, "little")  # bytes of a block
    path.write_bytes(data)
    with pytest.raises(MediaError), BoundedSound(decode_request(path)) as sound:
        list(sound.sound())


def test_the_opus_file_has_the_time_line_of_the_sound(tmp_path: Path) -> None:
    opus = tmp_path / "sound.opus"
    with BoundedSound(decode_request(NOTE, opus=str(opus))) as sound:
        pcm = whole(list(sound.sound()))
    again = load_pcm(opus)
    assert again.size == pytest.approx(pcm.size, abs=16_000 // 20)
    # Where it is loud and where it is quiet: every 20 ms.
    size = min(again.size, pcm.size) // 320 * 320
    levels = [
        np.sqrt(np.mean(each[:size].reshape(-1, 320).astype(float) ** 2, axis=1)) for each in (pcm, again)
    ]
    assert np.corrcoef(*levels)[0, 1] > 0.97
    assert opus.stat().st_size < 32_000 / 8 * 20 * 1.6
    assert oct(opus.stat().st_mode & 0o777) == "0o600"


def test_nothing_more_comes_from_a_process_that_ended() -> None:
    child = Child(decoder.__name__, "no wish", FROM_DECODER)
    with pytest.raises(EndedError):
        child.receive(30)
    child.close()
    child.close()


def test_a_name_need_not_be_text(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.flac"
    Path(os.fsdecode(path)).write_bytes(NOTE.read_bytes())
    with BoundedSound(DecodeRequest(path, "note", 600)) as media:
        assert sum(each.size for each in media.sound() if not isinstance(each, int)) > 16_000
