import struct
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from captions.asr.offline import media_file
from captions.asr.offline.media_error import MediaError
from captions.asr.offline.media_file import MediaFile
from captions.asr.offline.resampling import MonoResampler
from captions.asr.offline.tracks import Track
from tests.speech_data import DATA, Pcm, load_pcm, to_wav

from .files import bare_mp3, joined, tone, voice, write

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


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.m4a", "aac"), ("a.opus", "libopus"), ("a.wav", "pcm_s16le")],
)
def test_the_eight_channels_of_7_1_are_heard(tmp_path: Path, name: str, codec: str) -> None:
    pcm = voice(3)
    sound, media = read(write(tmp_path / name, pcm, codec=codec, layout="7.1"))
    assert sound.size == pytest.approx(pcm.size, abs=1600)
    assert np.abs(sound.astype(float)).mean() > 0.5 * np.abs(pcm.astype(float)).mean()
    assert media.missing == 0


def test_damage_that_looks_like_many_channels_does_not_end_the_process() -> None:
    packer = av.AudioResampler(format="fltp", layout="45 channels", rate=16_000)
    frame = av.AudioFrame.from_ndarray(np.ones((1, 45 * 160), np.int16), format="s16", layout="45 channels")
    frame.sample_rate = 16_000
    (damaged,) = packer.resample(frame)
    assert sum(part.size for part in MonoResampler().push(damaged)) <= 160


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


def test_holes_are_not_sound_and_only_so_many_are_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pcm = load_pcm(NOTE)[: 4 * 16_000]
    once = encode(tmp_path / "once.mka", pcm, "flac", 16_000, hole_s=3.0)
    twice = joined(tmp_path / "twice.mka", once, once)
    sound, media = read(twice)
    assert sound.size == pytest.approx(14 * 16_000, abs=1600)
    assert media.heard == pytest.approx(8, abs=0.1)
    monkeypatch.setattr(media_file, "_MOST_HOLES", 5 * 16_000)
    sound, media = read(twice)
    assert sound.size == pytest.approx(11 * 16_000, abs=1600)
    assert media.heard == pytest.approx(8, abs=0.1)


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


def halves(tmp_path: Path, kind: str) -> Path:
    """Six seconds of speech: three in one form, and the same three in another, in one file."""
    speech = voice(3)
    one, other, path = (tmp_path / f"{name}.{kind}" for name in ("one", "other", "file"))
    if kind == "mp3":
        bare_mp3(one, speech, rate=44_100, layout="stereo")
        bare_mp3(other, speech, rate=48_000, layout="mono")
    elif kind == "aac":
        write(one, speech, codec="aac", rate=44_100, layout="stereo")
        write(other, speech, codec="aac", rate=24_000, layout="mono")
    elif kind == "ac3":
        write(one, speech, codec="ac3", layout="stereo")
        write(other, speech, codec="ac3", layout="5.1")
    elif kind == "ogg":
        write(one, speech, codec="flac", rate=44_100, layout="stereo")
        write(other, speech, codec="libopus", rate=48_000, layout="mono")
    elif kind == "opus":
        write(one, speech, codec="libopus", layout="mono", options={"serial_offset": "5"})
        write(other, speech, codec="libopus", layout="stereo")
    elif kind == "wav":
        write(one, speech, codec="pcm_s16le", rate=16_000)
        write(other, speech, codec="pcm_f32le", rate=44_100, layout="stereo")
    elif kind == "flac":
        write(one, speech, codec="flac", rate=16_000)
        write(other, speech, codec="flac", rate=48_000, layout="stereo")
    elif kind in ("m4a", "webm"):
        codec = {"m4a": "aac", "webm": "libopus"}[kind]
        write(one, speech, codec=codec, layout="mono")
        write(other, speech, codec=codec, layout="stereo")
    elif kind == "ts":
        write(one, speech, codec="mp2", rate=44_100)
        write(other, speech, codec="aac", rate=48_000, layout="stereo", options={"mpegts_start_pid": "0x200"})
    return joined(path, one, other)


@pytest.mark.parametrize("kind", ["mp3", "aac", "ac3", "ogg", "opus", "wav", "flac", "m4a", "webm", "ts"])
def test_a_file_whose_form_changes_is_read_to_its_end(tmp_path: Path, kind: str) -> None:
    sound, media = read(halves(tmp_path, kind))
    assert sound.size == pytest.approx(6 * 16_000, abs=4_000)
    levels = [float(np.abs(half.astype(float)).mean()) for half in np.array_split(sound, 2)]
    assert min(levels) > 0.4 * max(levels) > 0
    assert media.missing == pytest.approx(0, abs=0.3)
    assert not media.broke_off
    # A change of the rate within one stream, and a stream that goes on as another, are not seen by whoever only counts.
    assert media.seconds == pytest.approx({"ts": 3, "aac": 4.7}.get(kind, 6), rel=0.1)


def test_three_parts_of_which_one_is_damaged_are_two(tmp_path: Path) -> None:
    parts = [write(tmp_path / f"{n}.ogg", voice(3), codec="libopus") for n in range(3)]
    content = parts[1].read_bytes()
    # Its first page is there; nothing after it is what it says.
    parts[1].write_bytes(content[:58] + bytes(number * 7919 % 251 for number in range(20_000)))
    sound, media = read(joined(tmp_path / "file.ogg", *parts))
    assert sound.size == pytest.approx(6 * 16_000, abs=4_000)
    assert media.missing > 0 or media.broke_off


@pytest.mark.parametrize(
    ("kind", "codec", "options"),
    [
        ("m4a", "aac", {"movflags": "faststart"}),
        ("mka", "flac", {}),
        ("wav", "pcm_s16le", {}),
        ("wav", "adpcm_ms", {}),
        ("wav", "pcm_s16le", {"rf64": "always"}),
        ("w64", "pcm_s16le", {}),
        ("aiff", "pcm_s16be", {}),
        ("caf", "pcm_s16be", {}),
        ("au", "pcm_mulaw", {}),
        ("tta", "tta", {}),
    ],
)
def test_the_length_of_what_was_cut_off_is_known(
    tmp_path: Path, kind: str, codec: str, options: dict[str, str]
) -> None:
    path = write(tmp_path / f"whole.{kind}", voice(10), codec=codec, rate=16_000, options=options)
    assert read(path)[1].missing == 0
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    sound, media = read(path)
    assert 4 * 16_000 < sound.size < 7 * 16_000
    assert media.missing == pytest.approx(10 - media.position, abs=0.3)


@pytest.mark.parametrize(
    ("kind", "codec", "name", "stated"),
    [
        *(("wav", "pcm_s16le", b"data", each) for each in (0, 0x7FFF_F000, 0x8000_0000, 0xFFFF_FFFF)),
        ("aiff", "pcm_s16be", b"SSND", 0x7F00_0000),
    ],
)
def test_nothing_is_missing_where_a_recorder_did_not_come_to_state_the_length(
    tmp_path: Path, kind: str, codec: str, name: bytes, stated: int
) -> None:
    path = write(tmp_path / f"whole.{kind}", voice(3), codec=codec, rate=16_000)
    content = bytearray(path.read_bytes())
    struct.pack_into("<I" if kind == "wav" else ">I", content, content.index(name) + 4, stated)
    path.write_bytes(content)
    media = read(path)[1]
    assert (media.missing, media.broke_off) == (0, False)


def test_nothing_is_missing_where_only_the_stated_length_is_wrong(tmp_path: Path) -> None:
    path = write(tmp_path / "whole.webm", voice(3), codec="libopus")
    content = bytearray(path.read_bytes())
    at = content.index(b"\x44\x89\x88") + 3
    (length,) = struct.unpack_from(">d", content, at)
    struct.pack_into(">d", content, at, length * 1_000)
    path.write_bytes(content)
    sound, media = read(path)
    assert sound.size == pytest.approx(3 * 16_000, abs=1600)
    assert (media.missing, media.broke_off) == (0, False)


def test_whatever_a_decoder_raises_leaves_what_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = to_wav(voice(4), tmp_path / "a.wav")
    whole, _ = read(path)
    once = MonoResampler.push
    for error in (ValueError("Frame does not match"), RuntimeError("odd"), MemoryError()):
        calls = 0

        def push(self: MonoResampler, frame: av.AudioFrame, error: Exception = error) -> Iterator[Pcm]:
            nonlocal calls
            calls += 1
            if calls == 5:
                raise error
            return once(self, frame)

        with monkeypatch.context() as patch:
            patch.setattr(MonoResampler, "push", push)
            sound, _ = read(path)
        assert whole.size - 8_000 < sound.size <= whole.size


@pytest.mark.parametrize(("first", "second"), [(1, -1), (1, -0.8), (-1, 0.6), (0.5, -1)])
def test_channels_that_cancel_are_heard(tmp_path: Path, first: float, second: float) -> None:
    speech = voice(4)
    both = np.stack([(speech * first), (speech * second)]).astype(np.int16)
    sound, _ = read(write(tmp_path / "a.wav", both, codec="pcm_s16le", rate=16_000, layout="stereo"))
    level = np.abs(sound.astype(float)).mean()
    assert level == pytest.approx(np.abs(speech.astype(float)).mean(), rel=0.05)


# Tracks: what is in each, and what the container says of it. The second figure is which one is read.
SILENCE = np.zeros(8 * 16_000, np.int16)
LATE = np.concatenate([np.zeros(25 * 16_000, np.int16), tone(10)])
SHORT = np.concatenate([tone(1), np.zeros(34 * 16_000, np.int16)])


@pytest.mark.parametrize(
    ("tracks", "about", "read_is", "audible"),
    [
        ((SILENCE, tone(8)), ({}, {}), 2, (2,)),
        ((SILENCE, tone(8)), ({"default": True}, {}), 2, (2,)),
        ((tone(8), tone(8)), ({}, {"default": True}), 2, (1, 2)),
        ((tone(8), tone(8)), ({}, {}), 1, (1, 2)),
        ((LATE, np.zeros(35 * 16_000, np.int16)), ({}, {"default": True}), 1, (1,)),
        ((LATE, SHORT), ({"default": True}, {}), 1, (1, 2)),
        ((SILENCE, SILENCE), ({}, {"default": True}), 2, ()),
    ],
)
@pytest.mark.parametrize("kind", ["mka", "mov"])
def test_the_track_is_read_that_a_player_takes_unless_it_is_silent(
    tmp_path: Path,
    kind: str,
    tracks: tuple[Pcm, ...],
    about: tuple[dict[str, Any], ...],
    read_is: int,
    audible: tuple[int, ...],
) -> None:
    path = write(tmp_path / f"a.{kind}", *tracks, codec="aac", about=[dict(each) for each in about])
    with MediaFile(path) as media:
        assert (media.many, media.track.number) == (2, read_is)
        assert tuple(each.number for each in media.tracks) == audible
    with MediaFile(path, track=1) as media:
        assert media.track.number == 1


def test_a_track_is_named_as_its_file_names_it(tmp_path: Path) -> None:
    about: list[dict[str, Any]] = [{"language": "ger"}, {"language": "eng", "title": "Mic", "default": True}]
    path = write(tmp_path / "a.mka", tone(3), tone(5), codec="flac", about=about)
    sound, media = read(path)
    assert sound.size == pytest.approx(5 * 16_000, abs=800)
    assert media.tracks == (Track(1, "ger", ""), Track(2, "eng", "Mic"))
    assert media.track == Track(2, "eng", "Mic")


@pytest.mark.parametrize("unknown", [0, 1])
def test_a_track_whose_codec_is_unknown_is_left_out(tmp_path: Path, unknown: int) -> None:
    data = bytearray(write(tmp_path / "a.mov", tone(4), tone(4), codec="aac").read_bytes())
    heads = [at for at in range(len(data)) if data[at : at + 4] == b"mp4a" and b"stsd" in data[at - 20 : at]]
    at = heads[unknown]
    data[at : at + 4] = b"apac"
    esds = data.find(b"esds", at)
    data[esds : esds + 4] = b"dapa"
    while 0 <= (more := data.find(b"mp4a", at + 4)) < at + 200:
        data[more : more + 4] = b"apac"
    (tmp_path / "a.mov").write_bytes(data)
    sound, media = read(tmp_path / "a.mov")
    assert sound.size == pytest.approx(4 * 16_000, abs=1_600)
    assert media.track.number == 2 - unknown


def test_a_format_that_nobody_here_knows_is_said(tmp_path: Path) -> None:
    data = write(tmp_path / "a.mov", tone(2), codec="aac").read_bytes()
    (tmp_path / "a.mov").write_bytes(data.replace(b"mp4a", b"apac").replace(b"esds", b"dapa"))
    with pytest.raises(MediaError, match=r"has a format that is not supported\. Save it as MP3"):
        MediaFile(tmp_path / "a.mov")
