from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from captions.asr.offline.media_error import MediaError
from captions.asr.offline.media_file import MediaFile
from tests.speech_data import DATA, Pcm, load_pcm, to_wav

NOTE = DATA / "note-en-us.flac"


def read(path: Path) -> tuple[Pcm, MediaFile]:
    """All sound of a file, holes as silence."""
    with MediaFile(path) as media:
        parts = [np.zeros(part, np.int16) if isinstance(part, int) else part for part in media.sound()]
    return np.concatenate(parts), media


def encode(path: Path, pcm: Pcm, codec: str, rate: int, layout: str = "mono", hole_s: float = 0.0) -> Path:
    """Writes the sound with a codec; after half of it the clock jumps by `hole_s`."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, av.AudioStream)
        resampler = av.AudioResampler(format=stream.format, layout=layout, rate=rate, frame_size=960)
        position, half = 0, pcm.size // 2
        for start in range(0, pcm.size, 960):
            # All channels alike: FFmpeg itself would spread one channel over two at a lower level.
            interleaved = np.repeat(pcm[None, start : start + 960], stream.channels, axis=1)
            frame = av.AudioFrame.from_ndarray(interleaved, format="s16", layout=layout)
            frame.sample_rate = 16_000
            for part in resampler.resample(frame):
                part.pts = position + (round(hole_s * rate) if start >= half else 0)
                part.time_base = Fraction(1, rate)
                position += part.samples
                container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "codec", "rate", "layout"),
    [
        ("a.wav", "pcm_s16le", 44_100, "stereo"),
        ("a.mka", "flac", 48_000, "mono"),
        ("a.webm", "libopus", 48_000, "mono"),
        ("a.m4a", "aac", 22_050, "mono"),
        ("a.mp3", "libmp3lame", 16_000, "mono"),
    ],
)
def test_any_file_becomes_16_khz_mono(tmp_path: Path, name: str, codec: str, rate: int, layout: str) -> None:
    pcm = load_pcm(NOTE)[: 5 * 16_000]
    sound, media = read(encode(tmp_path / name, pcm, codec, rate, layout))
    assert sound.dtype == np.int16
    assert sound.size == pytest.approx(pcm.size, abs=1600)
    assert np.abs(sound.astype(float)).mean() == pytest.approx(np.abs(pcm.astype(float)).mean(), rel=0.1)
    assert media.seconds == pytest.approx(5, abs=0.2)
    assert media.position == pytest.approx(5, abs=0.1)
    assert media.missing == 0


def test_the_sound_comes_in_small_pieces_and_unchanged(tmp_path: Path) -> None:
    pcm = load_pcm(NOTE)
    with MediaFile(to_wav(pcm, tmp_path / "a:b%d.wav")) as media:
        parts = list(media.sound())
    assert max(part.size for part in parts if not isinstance(part, int)) <= 16_000
    assert np.array_equal(np.concatenate(parts), pcm)


def test_a_hole_keeps_the_clock_right(tmp_path: Path) -> None:
    pcm = load_pcm(NOTE)[: 4 * 16_000]
    sound, media = read(encode(tmp_path / "a.mka", pcm, "flac", 16_000, hole_s=3.0))
    assert sound.size == pytest.approx(7 * 16_000, abs=1600)
    assert not sound[int(2.1 * 16_000) : int(4.9 * 16_000)].any()
    assert media.missing == pytest.approx(3.0, abs=0.05)


def damaged(path: Path) -> Path:
    content = bytearray(NOTE.read_bytes())
    content[90_000:130_000] = bytes(number * 7919 % 256 for number in range(40_000))
    path.write_bytes(content)
    return path


def cut_off(path: Path) -> Path:
    path.write_bytes(NOTE.read_bytes()[:100_000])
    return path


@pytest.mark.parametrize(("harm", "missing"), [(damaged, 3.0), (cut_off, 12.0)])
def test_what_is_whole_in_a_damaged_file_is_read(
    tmp_path: Path, harm: Callable[[Path], Path], missing: float
) -> None:
    sound, media = read(harm(tmp_path / "note.flac"))
    pcm = load_pcm(NOTE)
    assert np.array_equal(sound[: 5 * 16_000], pcm[: 5 * 16_000])
    assert media.missing == pytest.approx(missing, abs=1.0)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("notes.txt", b"Just some text, no sound at all.\n" * 40, "is not an audio or video file|no audio"),
        ("empty.wav", b"", "is not an audio or video file"),
        (
            "noise.mp3",
            bytes(number * 7919 % 251 for number in range(50_000)),
            "damaged|not an audio|no audio",
        ),
        ("cut.wav", b"RIFF\x00\x00\x00\x00WAVE", "is not an audio or video file|no audio"),
    ],
)
def test_what_is_no_sound_is_said_in_a_sentence(
    tmp_path: Path, name: str, content: bytes, expected: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MediaError, match=expected) as raised:
        read(tmp_path / name)
    assert str(tmp_path / name) in str(raised.value)


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"There is no file .*nothing\.wav"):
        MediaFile(tmp_path / "nothing.wav")
    with pytest.raises(MediaError, match="is a folder, not a file"):
        MediaFile(tmp_path)


def test_a_picture_has_no_sound(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 32
        frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8))
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(MediaError, match="contains no audio"):
        MediaFile(tmp_path / "a.mp4")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:30\n#EXTINF:20,\nfile://{note}\n#EXT-X-ENDLIST\n"),
        ("list.txt", "ffconcat version 1.0\nfile {note}\n"),
    ],
)
def test_a_file_cannot_have_another_file_read(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content.format(note=NOTE))
    with pytest.raises(MediaError):
        read(tmp_path / name)
