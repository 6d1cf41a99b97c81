import asyncio
from collections.abc import AsyncIterator

import pytest

from captions.live.worker import sound_port
from captions.live.worker.sound_port import SoundPort
from captions.protocol import feed_frames
from captions.protocol.feed_frames import Kind


@pytest.fixture
async def port() -> AsyncIterator[SoundPort]:
    port = SoundPort()
    await port.start()
    yield port
    await port.close()


async def knock(port: SoundPort, data: bytes) -> bytes:
    """What comes back after `data`, until the connection ends."""
    host, _, number = port.address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(number))
    try:
        writer.write(data)
        async with asyncio.timeout(60):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"hello")
    writer.close()


async def test_a_ticket_is_good_for_one_connection(port: SoundPort) -> None:
    assert port.expect("secret", greet) == port.address
    ticket = feed_frames.pack(Kind.TICKET, b"secret")
    assert await knock(port, ticket) == b"hello"
    assert await knock(port, ticket) == b""


@pytest.mark.parametrize(
    "data",
    [
        feed_frames.pack(Kind.TICKET, b"guessed"),
        feed_frames.pack(Kind.TICKET, b"\xff"),
        feed_frames.pack(Kind.SOUND, b"secret"),
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
async def test_strangers_are_turned_away(port: SoundPort, data: bytes) -> None:
    port.expect("secret", greet)
    assert await knock(port, data) == b""


async def test_whoever_says_nothing_is_turned_away(port: SoundPort, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_port, "_SHOW_SECONDS", 0.1)
    port.expect("secret", greet)
    assert await knock(port, b"\x01") == b""


async def test_a_ticket_expires(port: SoundPort, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_port, "_TICKET_SECONDS", 0.05)
    port.expect("secret", greet)
    await asyncio.sleep(0.1)
    assert await knock(port, feed_frames.pack(Kind.TICKET, b"secret")) == b""


def test_an_address_for_everybody_is_announced_as_this_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "worker-1")
    assert SoundPort("0.0.0.0", 9).address == "worker-1:9"
    assert SoundPort("0.0.0.0", 9, peer="127.0.0.1").address == "worker-1:9", "that reaches nobody else"
    assert SoundPort("::1", 9).address == "[::1]:9"
