import asyncio

import pytest

from captions.protocol import feed_frames
from captions.protocol.endpointing import Endpointing
from captions.protocol.feed_frames import MOST_BYTES, Frame, FrameError, Kind, Listen


async def read(data: bytes) -> Frame | None:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return await feed_frames.read(reader)


async def test_what_is_packed_is_read() -> None:
    assert await read(feed_frames.pack(Kind.SOUND, b"\x01\x02")) == Frame(Kind.SOUND, b"\x01\x02")
    assert await read(feed_frames.pack(Kind.END)) == Frame(Kind.END)
    assert await read(b"") is None


@pytest.mark.parametrize(
    "data",
    [
        feed_frames.pack(Kind.SOUND, b"1234")[:-1],
        feed_frames.pack(Kind.END)[:3],
        b"\x63\0\0\0\0",
        bytes([Kind.SOUND]) + (MOST_BYTES + 1).to_bytes(4, "big"),
        b"GET / HTTP/1.1\r\n\r\n",
    ],
    ids=["cut payload", "cut head", "unknown kind", "too long", "something else"],
)
async def test_what_is_no_frame_is_refused(data: bytes) -> None:
    with pytest.raises(FrameError):
        await read(data)


def test_a_frame_that_is_too_long_is_not_packed() -> None:
    with pytest.raises(ValueError, match="at most"):
        feed_frames.pack(Kind.SOUND, bytes(MOST_BYTES + 1))


def test_how_to_listen_survives_the_way() -> None:
    listen = Listen("de", Endpointing(silence_ms=700), ("Ottilie",))
    assert feed_frames.listen_of(feed_frames.payload_of(listen)) == listen
    assert "Ottilie" not in repr(listen)
    for wrong in (b"{", b'{"language": 1}', b'{"endpointing": {"silence_ms": 1}}', b'{"x": 1}'):
        with pytest.raises(FrameError):
            feed_frames.listen_of(wrong)
