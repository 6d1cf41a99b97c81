"""A line over WebRTC: the sound is a track, and events go over a data channel beside it."""

import asyncio
import ssl
from typing import Any, Self

import httpx
import msgspec
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from ....core.hops import HEADER
from ....core.json_text import decoded
from ..base import EngineError
from ..openai.answer import code_in_error
from ..openai.refusals import away, odd, refusal
from ..openai.service import Service
from ..openai.trying import CONNECT_SECONDS
from .events import Wish, session_update
from .line import Samples
from .paced_track import FRAME_SECONDS, PacedTrack

CHANNEL = "oai-events"
_PATH = "/realtime/calls"
_CONNECTED_SECONDS = 10.0
# Sound and events are not in order with each other: what is on its way arrives within that time.
_ARRIVED_SECONDS = 0.3
# A call goes on in silence, which costs something, too.
_IDLE_SECONDS = 20.0
_MOST_BYTES = 1 << 20
_MOST_UNSENT_BYTES = 1 << 20
_MOST_UNHEARD = 1_000


class CallLine:
    as_media = True

    def __init__(self, service: Service) -> None:
        self._service = service
        self._heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue(_MOST_UNHEARD)
        self._lost: asyncio.Future[EngineError] = asyncio.get_running_loop().create_future()
        self._is_open = asyncio.Event()
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._track = PacedTrack(lambda: self._lose(away(service.host)), idle_seconds=_IDLE_SECONDS)
        self._connection.addTransceiver(self._track, direction="sendonly")
        # Before the offer, which has a section for it then.
        self._channel = self._connection.createDataChannel(CHANNEL)
        self._channel.on("open", self._is_open.set)
        self._channel.on("message", self._take)
        self._channel.on("close", lambda: self._lose(away(service.host)))
        self._connection.on("connectionstatechange", self._changed)

    @classmethod
    async def open(cls, service: Service, hops: int) -> Self:
        """Calls the service. Raises EngineError."""
        line = cls(service)
        try:
            await line._call(hops)
        except BaseException:
            await line.close()
            raise
        return line

    @property
    def sent_ms(self) -> int:
        return round(self._track.frames * FRAME_SECONDS * 1000)

    async def say(self, event: dict[str, Any]) -> None:
        self._check()
        if self._channel.bufferedAmount > _MOST_UNSENT_BYTES:
            raise away(self._service.host)
        self._channel.send(msgspec.json.encode(event).decode())

    async def push(self, samples: Samples) -> None:
        self._check()
        await self._or_lost(self._track.push(samples))

    async def settle(self) -> None:
        await self._or_lost(self._track.drained())
        await asyncio.sleep(_ARRIVED_SECONDS)

    async def hear(self) -> dict[str, Any]:
        # What was said before the line was lost says why.
        heard: dict[str, Any] = (
            await self._or_lost(self._heard.get()) if self._heard.empty() else self._heard.get_nowait()
        )
        return heard

    async def close(self) -> None:
        self._lose(away(self._service.host))
        self._track.stop()
        await self._connection.close()

    async def _call(self, hops: int) -> None:
        """Raises EngineError."""
        host = self._service.host
        await self._connection.setLocalDescription(await self._connection.createOffer())
        answer = await self._answer(self._connection.localDescription.sdp, hops)
        try:
            await self._connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        except Exception:  # aiortc's parser raises all kinds of errors
            raise odd(host) from None
        try:
            async with asyncio.timeout(_CONNECTED_SECONDS):
                await self._or_lost(self._is_open.wait())
        except TimeoutError:
            raise away(host) from None

    async def _answer(self, offer: str, hops: int) -> str:
        """What the service answers to an offer. Raises EngineError."""
        service = self._service
        session = session_update(Wish(service.model), is_beta=False, as_media=True)["session"]
        headers = {HEADER: str(hops), "Accept-Encoding": "identity", "User-Agent": "WhisperStream"}
        if service.key:
            headers["Authorization"] = f"Bearer {service.key}"
        parts = {
            "sdp": (None, offer.encode(), "application/sdp"),
            "session": (None, msgspec.json.encode(session), "application/json"),
        }
        try:
            timeout = httpx.Timeout(_CONNECTED_SECONDS, connect=CONNECT_SECONDS)
            async with (
                httpx.AsyncClient(headers=headers, timeout=timeout) as client,
                client.stream("POST", service.url + _PATH, files=parts) as response,
            ):
                body = b""
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) > _MOST_BYTES:
                        raise odd(service.host)
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError, UnicodeError):
            # Their messages may hold the address.
            raise away(service.host) from None
        if response.status_code not in (200, 201):
            raise refusal(service.host, response.status_code, code_in_error(body), response.headers)
        return body.decode("utf-8", "replace")

    def _take(self, message: str | bytes) -> None:
        try:
            event = decoded(message)
        except (ValueError, UnicodeError):
            event = None
        is_event = isinstance(event, dict) and isinstance(event.get("type"), str)
        if is_event and not (self._heard.full() or self._lost.done()):
            self._heard.put_nowait(event)
        else:
            self._lose(odd(self._service.host))

    def _changed(self) -> None:
        if self._connection.connectionState in ("failed", "closed"):
            self._lose(away(self._service.host))

    def _lose(self, error: EngineError) -> None:
        if not self._lost.done():
            self._lost.set_result(error)

    def _check(self) -> None:
        if self._lost.done():
            raise self._lost.result()

    async def _or_lost(self, work: Any) -> Any:
        """The result of `work`. Raises EngineError once the line is lost."""
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait([task, self._lost], return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
        finally:
            task.cancel()
        raise self._lost.result()
