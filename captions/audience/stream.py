"""One stream of events: what the database has, and then what the channel layer tells."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import Any
from uuid import uuid4

import structlog
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.utils import translation
from redis import RedisError

from ..core import draining
from ..core.cancellation import cancel_and_wait
from ..core.interface_language import translated
from ..protocol import messages
from ..speech.speakers import Speakers
from ..transcripts.finals import SYNC_PAGE
from . import events, limits, rows
from .access import Reader
from .events import Position, Shown

log = structlog.get_logger(__name__)

_TICK_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
# How well each word was heard is nothing for an audience, and its page shows what was said alone.
_OWNERS_ONLY = ("words", "confidence", "translation", "command", "speaker")


class Stream:
    """The events for one reader, from `since` on. `place` is the name under which `limits` counts it.

    What the channel layer loses is read from the database when something shows that it is missing. If a store is away
    or this process is stopping, the stream just ends: its client connects again, and goes on by the last id.
    """

    def __init__(
        self, reader: Reader, since: Position, place: str, *, partials: bool = True, padded: bool = False
    ) -> None:
        self._reader = reader
        self._since = since
        self._place = place
        self._partials = partials and reader.sees_partials
        self._padded = padded
        self._language = translation.get_language()
        self._shown = Shown()
        self._speakers: Speakers | None = None
        self._over = False
        self._written_at = self._kept_at = self._checked_at = time.monotonic()
        self._log = log.bind(session=str(reader.session))

    async def run(self) -> AsyncGenerator[str, None]:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        try:
            yield events.RETRY + (events.PADDING if self._padded else "")
            # Before the database is read, so that nothing falls between the two.
            for name in self._reader.groups:
                await layer.group_add(name, channel)
            async with aclosing(self._live(layer, channel)) as live:
                async for text in live:
                    self._written_at = time.monotonic()
                    yield text
        except (RedisError, DatabaseError, InterfaceError) as error:
            self._log.warning("store_outage", error=type(error).__name__)
        finally:
            with suppress(RedisError):
                for name in self._reader.groups:
                    await layer.group_discard(name, channel)
                await sync_to_async(limits.leave)(self._reader.counted[0], self._place)

    async def _live(self, layer: Any, channel: str) -> AsyncGenerator[str, None]:
        heard = asyncio.ensure_future(layer.receive(channel))
        try:
            self._shown = await database_sync_to_async(rows.shown)(self._reader.session, self._since)
            async for text in self._begin():
                yield text
            while not self._over and not draining.started():
                await asyncio.wait({heard}, timeout=_TICK_SECONDS)
                if heard.done():
                    message = heard.result()
                    heard = asyncio.ensure_future(layer.receive(channel))
                    async for text in self._hear(message):
                        yield text
                async for text in self._tick(time.monotonic()):
                    yield text
        finally:
            await cancel_and_wait([heard])

    async def _begin(self) -> AsyncIterator[str]:
        state = await database_sync_to_async(rows.state)(self._reader.session)
        if state is not None and state["state"] != "ended":
            yield events.event("state", state)
        await self._learn_names()
        async for text in self._catch_up():
            yield text
        async for text in self._check():
            yield text

    async def _learn_names(self) -> list[dict[str, Any]]:
        """Reads what those are called who speak: the owner is told with each final."""
        if not self._reader.is_owner:
            return []
        asked = (self._reader.session, self._language or settings.LANGUAGE_CODE)
        listed: list[dict[str, Any]]
        self._speakers, listed = await database_sync_to_async(rows.who_speaks)(*asked)
        return listed

    async def _hear(self, message: dict[str, Any]) -> AsyncIterator[str]:
        match message:
            case {"type": "session.event", "payload": payload}:
                async for text in self._pass_on(payload):
                    yield text
            case {"type": "session.changed", "named": True}:
                if speakers := await self._learn_names():
                    yield events.event("names", messages.speakers(speakers))
            case {"type": "session.changed", "seqs": seqs}:
                for start in range(0, len(seqs), SYNC_PAGE):
                    async for text in self._send(seqs[start : start + SYNC_PAGE]):
                        yield text
            case {"type": "session.heartbeat", "last_seq": last_seq} if last_seq > self._shown.seq:
                async for text in self._catch_up():
                    yield text
            case {"type": "login.changed"}:
                # A second later, once the change is committed.
                self._checked_at = time.monotonic() - settings.AUTH_RECHECK_SECONDS + 1
            case {"type": "share.revoked"}:
                self._over = True
                yield events.end("revoked")

    async def _pass_on(self, payload: dict[str, Any]) -> AsyncIterator[str]:
        match payload:
            case {"type": "partial"} if self._partials:
                yield events.event("partial", payload)
            case {"type": "final", "seq": seq} if self._shown.lacks(seq):
                async for text in self._catch_up():
                    yield text
            case {"type": "final"}:
                if new := self._final(payload):
                    yield new
            case {"type": "media", "source": _}:
                # Which devices are heard concerns the pages of its person.
                pass
            case {"type": "media", "state": "ended", "reason": reason}:
                yield events.event("state", payload)
                async for text in self._check(reason):
                    yield text
            case {"type": "media"}:
                yield events.event("state", payload)
            case {"type": "error", "code": "not_transcribed"} if self._reader.is_owner:
                # Not "error", which is what an EventSource calls a lost connection.
                with translation.override(self._language):
                    sentence = translated(payload["message"])
                yield events.event("problem", {**payload, "message": sentence})

    async def _tick(self, now: float) -> AsyncIterator[str]:
        if self._over:
            return
        if now - self._kept_at >= limits.KEEP_SECONDS:
            self._kept_at = now
            await sync_to_async(limits.keep)(self._reader.counted[0], self._place)
        if now - self._checked_at >= settings.AUTH_RECHECK_SECONDS:
            self._checked_at = now
            async for text in self._catch_up():
                yield text
            async for text in self._check():
                yield text
        if now - self._written_at >= HEARTBEAT_SECONDS:
            yield events.HEARTBEAT

    async def _check(self, reason: str = "") -> AsyncIterator[str]:
        """Ends the stream if its reader may no longer read, or if the session has ended."""
        if refusal := await database_sync_to_async(self._reader.refusal)():
            self._over = True
            yield events.end(refusal)
            return
        state = await database_sync_to_async(rows.state)(self._reader.session)
        if reason or state is None or state["state"] == "ended":
            self._over = True
            async for text in self._catch_up():
                yield text
            yield events.end(reason or "ended", self._shown.position)

    async def _catch_up(self) -> AsyncIterator[str]:
        """What the database has and the reader has not."""
        session = self._reader.session
        corrected = await database_sync_to_async(rows.corrected)(session, self._shown)
        for start in range(0, len(corrected), SYNC_PAGE):
            async for text in self._send(corrected[start : start + SYNC_PAGE]):
                yield text
        while page := await database_sync_to_async(rows.after)(session, self._shown.seq):
            for final in page:
                if new := self._final(final):
                    yield new
            if len(page) < SYNC_PAGE:
                return

    async def _send(self, seqs: list[int]) -> AsyncIterator[str]:
        if any(self._shown.lacks(seq) for seq in seqs):
            async for text in self._catch_up():
                yield text
            return
        for final in await database_sync_to_async(rows.these)(self._reader.session, seqs):
            if new := self._final(final):
                yield new

    def _final(self, final: dict[str, Any]) -> str | None:
        if not self._reader.is_owner:
            final = {name: value for name, value in final.items() if name not in _OWNERS_ONLY}
        elif self._speakers:
            who = self._speakers.name(final.get("shared", False), final.get("speaker", 0))
            final = {**final, "who": who}
        return self._shown.take(final)


def new_place() -> str:
    """A name for the place of a stream."""
    return uuid4().hex
