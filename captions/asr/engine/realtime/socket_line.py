"""A line over a WebSocket: the sound goes as events, too."""

import ssl
from functools import cache
from typing import Any, Self

import av
import httpx
import msgspec
import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException

from ....core.hops import HEADER
from ....core.json_text import decoded
from ....speech.types import SAMPLE_RATE, SAMPLES_PER_MS
from ..openai.answer import code_in_error
from ..openai.refusals import away, odd, refusal
from ..openai.service import Service
from ..openai.trying import CONNECT_SECONDS
from .events import RATE, append
from .line import Samples

_PATH = "/realtime?intent=transcription"
_PIECE = SAMPLE_RATE // 10
_MOST_BYTES = 4 << 20
_CLOSE_SECONDS = 1.0


class SocketLine:
    as_media = False

    def __init__(self, service: Service, socket: ClientConnection) -> None:
        self.sent_ms = 0
        self._host = service.host
        self._socket = socket
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)

    @classmethod
    async def open(cls, service: Service, hops: int) -> Self:
        """Raises EngineError."""
        headers = {HEADER: str(hops)}
        if service.key:
            headers["Authorization"] = f"Bearer {service.key}"
        address = service.url.replace("http", "ws", 1) + _PATH
        try:
            socket = await _Connect(
                address,
                additional_headers=headers,
                user_agent_header="WhisperStream",
                open_timeout=CONNECT_SECONDS,
                close_timeout=_CLOSE_SECONDS,
                compression=None,
                max_size=_MOST_BYTES,
                ssl=_tls() if address.startswith("wss") else None,
            )
        except InvalidStatus as error:
            answer = error.response
            code = code_in_error(bytes(answer.body or b""))
            raise refusal(service.host, answer.status_code, code, answer.headers) from None
        except (WebSocketException, InvalidHandshake, OSError, ssl.SSLError, UnicodeError, ValueError):
            # Their messages may hold the address.
            raise away(service.host) from None
        return cls(service, socket)

    async def say(self, event: dict[str, Any]) -> None:
        try:
            await self._socket.send(msgspec.json.encode(event), text=True)
        except (ConnectionClosed, OSError):
            raise away(self._host) from None

    async def push(self, samples: Samples) -> None:
        for start in range(0, samples.size, _PIECE):
            piece = samples[start : start + _PIECE]
            await self.say(append(self._resampled(piece)))
            self.sent_ms += piece.size // SAMPLES_PER_MS

    async def settle(self) -> None:
        """Events are in order."""

    async def hear(self) -> dict[str, Any]:
        try:
            event = decoded(await self._socket.recv())
        except (ConnectionClosed, OSError):
            raise away(self._host) from None
        except (ValueError, UnicodeError):
            raise odd(self._host) from None
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            raise odd(self._host)
        return event

    async def close(self) -> None:
        await self._socket.close()

    def _resampled(self, samples: Samples) -> bytes:
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.pts = None
        return b"".join(
            np.asarray(each.to_ndarray(), "<i2").tobytes() for each in self._resampler.resample(frame)
        )


class _Connect(connect):
    """Follows no redirects, as the requests over HTTP do not."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()
