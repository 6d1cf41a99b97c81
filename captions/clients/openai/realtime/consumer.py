"""The WebSocket `/v1/realtime`: sound and commands in, events out."""

import asyncio
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.utils.translation import gettext as _

from ....core.cancellation import cancel_and_wait
from ....dialects.openai_realtime import Flush, Push, Realtime, Wishes
from ....dialects.openai_realtime.writer import Event, Writer
from ....live.feed.stream import SoundStream
from ....models import ApiToken, Scope
from ....tokens.admission import Refusal
from ...sockets.consumer import TokenConsumer
from ...sockets.handshake import token_among
from ..errors import error_of
from ..hops import hops_of
from . import secrets
from .side_call import SideCall
from .wanted import configuration, listen

_BETA_HEADER, _BETA_SUBPROTOCOL = "realtime=v1", "openai-beta.realtime-v1"
_TRY_LATER, _RESTARTS = 1013, 1012
# By what was refused; other refusals close with that of their status.
_CLOSE_CODES = {
    "rate_limited": 4429,
    "too_many_sockets": 4429,
    "too_many_sessions": 4429,
    "busy": _TRY_LATER,
    "loading": _TRY_LATER,
    "invalid_token": 4401,
    "not_found": 4404,
}


class RealtimeConsumer(TokenConsumer):
    """One session of `Realtime`, and a `SoundStream` from its first sound on; after a long silence another follows."""

    dialect = "openai_realtime"
    scope_needed = Scope.LIVE

    realtime: Realtime | None = None
    _call: SideCall | None = None
    _stream: SoundStream | None = None
    _telling: asyncio.Task[Any] | None = None
    _wanted: dict[str, Any] | None = None
    _hops = 0

    def find_token(self, text: str, now: datetime) -> ApiToken:
        found = secrets.find(text, now)
        self._wanted = found.wanted
        return found.token

    async def opened(self, token: ApiToken) -> None:
        self._hops = hops_of(self.request.headers)
        asked = self.request.GET
        if "call_id" in asked:
            self._call = await SideCall.attach(token, asked["call_id"], self.channel_name)
            return
        begins = await configuration(self._wanted)
        if (model := asked.get("model", "")) and not self._wanted:
            begins = begins.replaced_model(model[:200])
        self.realtime = Realtime(
            begins, expires_at=int(time.time()) + settings.LIMIT_SESSION_SECONDS, is_beta=self._is_beta
        )
        await self._say(self.realtime.begin())

    async def text(self, data: str) -> None:
        if self._call is not None:
            await self._call.say(data)
        if self.realtime is None:
            return
        events, effect = self.realtime.take(data)
        await self._say(events)
        match effect:
            case Push(samples):
                await (await self._streaming()).push(samples)
            case Flush():
                await (await self._streaming()).flush()
            case Wishes() if self._stream is not None and self.token is not None:
                await self._stream.listen(listen(effect, self.token.user))

    async def sound(self, data: bytes) -> None:
        # It is said that this is no JSON.
        await self.text("")

    async def closed(self, code: int) -> None:
        if self._call is not None:
            await self._call.leave()
        if self._telling is not None:
            await cancel_and_wait([self._telling])
        if self._stream is not None:
            # Its session ends with that. To say so first would wait for a worker that is behind.
            await self._stream.close()

    async def refuse(self, refusal: Refusal) -> None:
        if token_among(self.scope["subprotocols"]):
            # A page learns nothing of a handshake that was refused.
            await self.accept()
            await self.fault(refusal)

    async def fault(self, refusal: Refusal) -> None:
        writer = Writer()
        writer.say("error", error={**error_of(refusal), "event_id": None})
        await self._say(writer.take())
        await self.close(_CLOSE_CODES.get(refusal.code, 1011 if refusal.status >= 500 else 1008))

    async def lost_token(self, sentence: str) -> None:
        await self.fault(Refusal(401, "invalid_token", sentence))

    async def session_event(self, event: dict[str, Any]) -> None:
        """The call that this socket is attached to tells something."""
        if SideCall.is_over(event["payload"]):
            await self.close(1000)
        else:
            await self._say([event["payload"]])

    @property
    def _is_beta(self) -> bool:
        return (
            _BETA_HEADER in self.request.headers.get("OpenAI-Beta", "")
            or _BETA_SUBPROTOCOL in self.scope["subprotocols"]
        )

    async def _streaming(self) -> SoundStream:
        """The stream, which is opened if there is none. Raises as that."""
        if self._stream is None:
            assert self.token is not None
            assert self.realtime is not None
            wishes = listen(self.realtime.wishes, self.token.user, self._hops)
            self._stream = await SoundStream.open(self.token, wishes, kept=self.token.keep_history)
            self._telling = asyncio.create_task(self._attempt(self._tell(self._stream, self.realtime)))
        return self._stream

    async def _tell(self, stream: SoundStream, realtime: Realtime) -> None:
        async for told in stream:
            await self._say(realtime.tell(told))
            match told:
                case {"type": "error", "code": "worker_lost"}:
                    await self.close(_RESTARTS)
                case {"type": "media", "state": "ended", "reason": reason}:
                    await self._ended(reason)
        self._stream = None
        await stream.close()

    async def _ended(self, reason: str) -> None:
        """The session is over; after a silence, another one begins with the next sound."""
        match reason:
            case "silence":
                pass
            case "server":
                await self.close(_RESTARTS)
            case "limit":
                sentence = _("This session is as long as one can be. Connect again.")
                await self._expire("session_expired", sentence)
            case _:
                await self._expire("session_deleted", _("This session was ended from elsewhere."))

    async def _expire(self, code: str, sentence: str) -> None:
        if self.realtime is not None:
            await self._say(self.realtime.refuse(code, sentence, kind="invalid_request_error"))
        await self.close(1000)

    async def _say(self, events: Iterable[Event]) -> None:
        for event in events:
            await self.send(msgspec.json.encode(event).decode())
