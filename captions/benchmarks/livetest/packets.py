"""Sends the sound of a live test over a sound socket, as a page does where WebRTC does not get through."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import av
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from ...core.cancellation import cancel_and_wait
from ...protocol import sound_frames
from .account import Account, Dictation
from .errors import LivetestError
from .player import FRAME, RATE, FileTrack

PATH = "sound/"
_BIT_RATE = 32_000
_OPEN_SECONDS = 20
# As the page does.
_PACKETS_A_MESSAGE = 2


@asynccontextmanager
async def carried(
    account: Account, dictation: Dictation, track: FileTrack, gen: int, language: str
) -> AsyncIterator[None]:
    """Has the sound of a track sent meanwhile. Raises LivetestError."""
    async with connect(
        account.socket_origin + dictation.socket + PATH,
        origin=Origin(account.origin),
        additional_headers={"Cookie": account.cookie},
        compression=None,
        proxy=None if account.is_local else True,
    ) as socket:
        await _open(socket, gen, language)
        tasks = [asyncio.create_task(_send(socket, track)), asyncio.create_task(_read(socket))]
        try:
            yield
        finally:
            await cancel_and_wait(tasks)


async def _open(socket: ClientConnection, gen: int, language: str) -> None:
    opening = {"type": "open", "gen": gen, "clock": str(uuid.uuid4()), "settings": {"language": language}}
    await socket.send(json.dumps(opening))
    try:
        async with asyncio.timeout(_OPEN_SECONDS):
            answer = json.loads(await socket.recv())
    except TimeoutError as error:
        raise LivetestError(f"The server did not take the sound (after {_OPEN_SECONDS} s).") from error
    if answer["type"] != "opened":
        raise LivetestError(str(answer.get("message", "The server did not take the sound.")))


async def _read(socket: ClientConnection) -> None:
    """Reads how far it was heard, which nobody asks here."""
    with suppress(ConnectionClosed):
        async for _message in socket:
            pass


async def _send(socket: ClientConnection, track: FileTrack) -> None:
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = RATE, "mono", "s16", _BIT_RATE
    encoder.options = {"application": "voip", "frame_duration": "20"}
    position, payloads = 0, list[bytes]()
    began = time.monotonic()
    while True:
        frame = await track.recv()
        frame.pts = None
        payloads += [bytes(packet) for packet in encoder.encode(frame)]
        if len(payloads) < _PACKETS_A_MESSAGE:
            continue
        age_ms = max(0, round((time.monotonic() - began) * 1000 - position * 1000 / RATE))
        # The server closes it at the end; whether that came too soon, the other socket tells.
        with suppress(ConnectionClosed):
            await socket.send(sound_frames.pack(position, age_ms, payloads))
        position += len(payloads) * FRAME
        payloads = []
