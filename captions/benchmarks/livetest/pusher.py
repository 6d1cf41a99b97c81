"""A program that pushes much sound at once beside the streams of a live test."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlencode

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from ...core.cancellation import cancel_and_wait
from .account import Account
from .errors import LivetestError
from .player import Sound

RATE = 16_000
_MESSAGE_SAMPLES = RATE
_LEAST_SECONDS = 0.1


class Pusher:
    """Pushes sound, int16 mono 16 kHz, to `/v1/listen` of a server as fast as that takes it. To be run once."""

    def __init__(self, account: Account, token: str, sound: Sound, *, language: str) -> None:
        self._account = account
        self._token = token
        self._sound = sound
        self._language = language
        self._began = time.monotonic()
        self._heard_seconds = 0.0

    @property
    def speed(self) -> float:
        """Seconds of sound of which the text has come, for each second that has passed."""
        return self._heard_seconds / max(time.monotonic() - self._began, _LEAST_SECONDS)

    async def run(self) -> None:
        """Pushes it all and waits for its text. Raises LivetestError."""
        query = {"encoding": "linear16", "sample_rate": RATE, "language": self._language or "multi"}
        try:
            async with connect(
                f"{self._account.socket_base}/v1/listen?{urlencode(query)}",
                additional_headers={"Authorization": f"Token {self._token}"},
                compression=None,
                # The answer would come after the sound that the server has not read yet.
                ping_interval=None,
                proxy=None if self._account.is_local else True,
            ) as socket:
                self._began = time.monotonic()
                await asyncio.gather(self._push(socket), self._read(socket))
        except (OSError, WebSocketException) as error:
            raise LivetestError(f"No sound can be pushed beside the streams: {error}.") from error

    async def _push(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            for start in range(0, len(self._sound), _MESSAGE_SAMPLES):
                await socket.send(self._sound[start : start + _MESSAGE_SAMPLES].astype("<i2").tobytes())
            await socket.send(json.dumps({"type": "CloseStream"}))

    async def _read(self, socket: ClientConnection) -> None:
        async for text in socket:
            match json.loads(text):
                case {"type": "Results", "is_final": True, "start": start, "duration": duration}:
                    self._heard_seconds = max(self._heard_seconds, start + duration)
                case {"type": "Error", "description": sentence}:
                    raise LivetestError(f"No sound can be pushed beside the streams: {sentence}")


@asynccontextmanager
async def pushing(pusher: Pusher) -> AsyncIterator["asyncio.Task[None]"]:
    """Has it push meanwhile, in that task. Raises LivetestError if it could not."""
    task = asyncio.create_task(pusher.run())
    try:
        yield task
        if task.done():
            task.result()
    finally:
        await cancel_and_wait([task])


def endless(sounds: Sequence[Sound], seconds: float) -> Sound:
    """So much sound, 16 kHz, of these in turn, again and again."""
    return np.resize(np.concatenate(sounds), round(seconds * RATE))
