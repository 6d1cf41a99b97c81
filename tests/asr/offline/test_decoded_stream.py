"""Containers that come in pieces; the process is the real one."""

import asyncio
from pathlib import Path

import av
import numpy as np
import pytest

from captions.asr.offline.decoded_stream import DecodedStream
from captions.asr.offline.media_error import MediaError
from captions.core.cancellation import cancel_and_wait
from tests.processes import gone
from tests.speech_data import DATA, SAMPLE_RATE, Pcm, load_pcm

from .test_media_file import encode

NOTE = load_pcm("note-en-us")
SECONDS = NOTE.size / SAMPLE_RATE


async def decoded(content: bytes, piece: int = 64_000) -> Pcm:
    async with await DecodedStream.start() as stream:

        async def push() -> None:
            for start in range(0, len(content), piece):
                await stream.push(content[start : start + piece])
            stream.end()

        pushing = asyncio.create_task(push())
        heard = [samples async for samples in stream.sound()]
        await pushing
    return np.concatenate(heard) if heard else np.zeros(0, np.int16)


@pytest.fixture(scope="module")
def webm(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return encode(tmp_path_factory.mktemp("webm") / "note.webm", NOTE, "libopus", 48_000).read_bytes()


def fragmented(path: Path, aac: Path) -> None:
    """Writes an MP4 as browsers record it, with the packets of another file."""
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    with av.open(str(aac)) as source, av.open(str(path), "w", options=options) as container:
        stream = container.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.size:
                packet.stream = stream
                container.mux(packet)


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("note.webm", "libopus", 48_000),
        ("note.ogg", "libopus", 48_000),
        ("note.wav", "pcm_s16le", 44_100),
        ("note.mp3", "libmp3lame", 44_100),
        ("note.flac", "flac", 16_000),
        ("note.aac", "aac", 44_100),
        ("note.mp4", "aac", 44_100),
    ],
)
async def test_each_container_is_decoded(tmp_path: Path, name: str, codec: str, rate: int) -> None:
    path = tmp_path / name
    if path.suffix == ".mp4":
        fragmented(path, encode(tmp_path / "note.m4a", NOTE, codec, rate))
    else:
        encode(path, NOTE, codec, rate)
    heard = await decoded(path.read_bytes(), piece=1_000)
    assert heard.dtype == np.int16
    assert heard.size / SAMPLE_RATE == pytest.approx(SECONDS, abs=0.2)
    loudness = np.abs(heard[: NOTE.size].astype(float)).mean() / np.abs(NOTE.astype(float)).mean()
    assert loudness == pytest.approx(1, abs=0.1)


async def test_sound_comes_while_the_container_is_still_written(webm: bytes) -> None:
    async with await DecodedStream.start() as stream:
        await stream.push(webm[: len(webm) // 2])
        heard = 0
        async with asyncio.timeout(30):
            async for samples in stream.sound():
                heard += samples.size
                if heard > 0.4 * NOTE.size:
                    break


async def test_nothing_is_no_sound() -> None:
    assert (await decoded(b"")).size == 0


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"Dear diary, " * 100, "in no container that is known here"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "in no container that is known here"),
        (b"\x1a\x45\xdf\xa3" + b"\xff" * 5_000, "damaged"),
        (b"OggS" + bytes(5_000), "damaged"),
        (b"fLaC" + bytes(5_000), "damaged"),
    ],
)
async def test_what_is_no_sound_is_said(content: bytes, problem: str) -> None:
    with pytest.raises(MediaError, match=problem):
        await decoded(content)


async def test_what_was_heard_before_the_damage_is_given(webm: bytes) -> None:
    damaged = webm[: len(webm) // 2] + b"\xff" * 10_000
    heard = 0
    async with await DecodedStream.start() as stream:
        await stream.push(damaged)
        stream.end()
        try:
            async for samples in stream.sound():
                heard += samples.size
        except MediaError:
            pass
    assert heard > 0.4 * NOTE.size


async def test_a_process_that_is_ended_from_outside_is_told(webm: bytes) -> None:
    async with await DecodedStream.start() as stream:
        await stream.push(webm[:1_000])
        stream._process.kill()
        with pytest.raises(MediaError, match="more memory or time"):
            async for _ in stream.sound():
                pass
        await stream.push(webm)


async def test_who_pushes_waits_while_nobody_reads() -> None:
    content = (DATA / "note-en-us.flac").read_bytes()

    async def push() -> None:
        for _ in range(100):
            await stream.push(content)

    async with await DecodedStream.start() as stream:
        pushing = asyncio.create_task(push())
        done, _ = await asyncio.wait([pushing], timeout=1)
        assert not done
        await cancel_and_wait([pushing])


async def test_closing_ends_the_process() -> None:
    stream = await DecodedStream.start()
    pid = stream._process.pid
    await stream.close()
    await stream.close()
    assert gone(pid)
