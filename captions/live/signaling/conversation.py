"""Handles the messages of one socket: checks limits, admits offers, forwards them to the worker, replays finals."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.utils.translation import gettext as _

from ...core import draining
from ...core.interface_language import translated
from ...models import Session, User
from ...models.shared_clock import shared_now
from ...protocol import messages
from ...protocol.messages import ClientMessage, MessageError
from ...protocol.presence import Presence
from ...protocol.registry import SharedRegistry
from ...transcripts.finals import SYNC_PAGE
from . import admission
from .dispatch import Dispatcher, why_busy
from .limits import SocketLimits

# The pause between two pages of a replay, so that the socket can send the first one.
_REPLAY_PAUSE_SECONDS = 0.05
_QUIET_SECONDS = 3.0


class Conversation:
    """The signaling of one socket for one session of its user. `now` is a monotonic time in seconds.

    Methods raise MessageError for an error to be sent to the browser, and redis.RedisError or
    django.db.DatabaseError when a store cannot be reached.
    """

    def __init__(
        self,
        user: User,
        session_id: uuid.UUID,
        login: str | None,
        channel: str,
        layer: Any,
        send: Callable[[dict[str, Any]], Awaitable[None]],
        *,
        source: str = "",
    ) -> None:
        self._user = user
        self._session_id = session_id
        self._login = login
        self._source = source
        self._pass = send
        # Whether anything was sent since the last tick, and the tick after which nothing was.
        self._has_spoken = True
        self._quiet_since = 0.0
        self._registry = SharedRegistry()
        self._presence = Presence(user.pk, channel)
        self._limits = SocketLimits(
            messages_per_second=settings.LIMIT_MESSAGES_PER_SECOND,
            offers_per_minute=settings.LIMIT_OFFERS_PER_MINUTE,
            candidates=settings.LIMIT_CANDIDATES,
            offer_seconds=settings.ICE_SECONDS,
        )
        self._dispatcher = Dispatcher(
            str(session_id),
            channel,
            layer,
            self._registry,
            offer_seconds=settings.OFFER_SECONDS,
            lost_seconds=settings.HEARTBEAT_LOST_SECONDS,
            source=source,
        )
        self._replaying = asyncio.Lock()
        self._shown_seq = 0
        self._safe_ms = 0
        self._recheck_at: float | None = None
        self._present_at = 0.0

    async def begin(self, now: float) -> None:
        session: Session = await database_sync_to_async(admission.find)(self._user, self._session_id)
        if await self._presence.enter() > settings.LIMIT_SOCKETS_PER_USER:
            raise MessageError("too_many_sockets", _("You have too many pages open. Close one of them."))
        self._shown_seq = session.last_seq
        self._safe_ms = session.settled_ms
        self._recheck_at = now + settings.AUTH_RECHECK_SECONDS
        is_live = session.state == "live"
        held = await self._dispatcher.find(now, expected=is_live)
        ready = messages.ready(
            session=str(session.pk),
            state="lost" if is_live and not held else session.state,
            gen=session.gen,
            last_seq=session.last_seq,
            clock_ms=session.clock_now(await database_sync_to_async(shared_now)()),
            ice_servers=settings.ICE_SERVERS,
            recovering=await database_sync_to_async(admission.is_recovering)(session),
            safe_ms=session.settled_ms,
            outages=session.outages if session.state == "ended" else [],
        )
        await self._send(await self._stands(ready))

    async def hear(self, text: str | None, now: float) -> None:
        """Handles one message from the browser: a text frame, or None for a binary one."""
        self._limits.check_rate(now)
        message = self._parse(text)
        self._limits.check(message, now)
        match message:
            case messages.Offer():
                await self._offer(message, now)
            case messages.Candidate():
                await self._dispatcher.candidate(message)
            case messages.Pause() | messages.Resume() | messages.Stop():
                await self._control(message)
            case messages.Sync(after_seq=after_seq):
                await self._replay(after_seq)
            case messages.Outages():
                note = database_sync_to_async(admission.note_outages)
                for each in await note(self._user, self._session_id, message):
                    await self._send(
                        messages.recovered(start_ms=each.start_ms, end_ms=each.end_ms, delivered=True)
                    )

    async def tick(self, now: float) -> None:
        """Rechecks the login, reports presence and notices a lost worker; to be called about once a second."""
        if draining.started():
            raise MessageError(
                "restarting", _("The server is restarting. Your dictation continues."), retryable=True
            )
        if self._recheck_at is not None and now >= self._recheck_at:
            self._recheck_at = now + settings.AUTH_RECHECK_SECONDS
            await self._recheck()
        if now - self._present_at >= settings.PING_SECONDS / 2:
            self._present_at = now
            await self._stay()
        await self._dispatcher.look(now)
        await self._show_life(now)
        if overdue := self._dispatcher.overdue(now):
            self._limits.answered()
            raise overdue if overdue.code != "busy" else why_busy(await self._registry.workers())

    def recheck_soon(self, now: float) -> None:
        """Reports that the login may have ended. It is checked a second later, once the change is committed."""
        self._recheck_at = now + 1

    async def taken(self, worker: str, now: float) -> None:
        await self._dispatcher.taken(worker, now)

    async def heartbeat(self, worker: str, last_seq: int, settled_ms: int | None, now: float) -> None:
        """Takes a heartbeat of the worker. Finals up to `last_seq` that the channel layer has lost are replayed."""
        self._dispatcher.heartbeat(worker, now)
        if last_seq > self._shown_seq:
            await self._replay(self._shown_seq)
        if settled_ms is not None and settled_ms > self._safe_ms:
            self._safe_ms = settled_ms
            await self._send(messages.safe(settled_ms))

    async def pass_on(self, payload: dict[str, Any]) -> None:
        """Sends an event of the worker to the browser."""
        match payload["type"]:
            case "answer":
                self._limits.answered()
            # What is said to all about the other device answers nothing that was asked here.
            case "error" if payload.get("source", "") == self._source:
                self._limits.answered()
            case "final":
                # If a `seq` is missing, the count stays there, and the next heartbeat replays from it.
                if payload["seq"] == self._shown_seq + 1:
                    self._shown_seq += 1
            case "media" if payload["state"] == "ended" and "source" not in payload:
                self._dispatcher.forget()
        if payload["type"] == "error":
            # A worker sends one event to all sockets of the session, so it cannot know the language of each.
            payload = {**payload, "message": translated(payload["message"])}
        await self._send(payload)

    async def changed(self, seqs: list[int], *, named: bool) -> None:
        """Sends the browser what was changed on another page: who speaks, and the current text of utterances."""
        if named:
            speakers = await database_sync_to_async(admission.who_speaks)(self._user, self._session_id)
            await self._send(messages.speakers(speakers))
        async with self._replaying:
            for start in range(0, len(seqs), SYNC_PAGE):
                page = seqs[start : start + SYNC_PAGE]
                for final in await database_sync_to_async(admission.finals_of)(
                    self._user, self._session_id, page
                ):
                    await self.pass_on(final)
                await asyncio.sleep(_REPLAY_PAUSE_SECONDS)

    async def _send(self, payload: dict[str, Any]) -> None:
        self._has_spoken = True
        await self._pass(payload)

    async def _show_life(self, now: float) -> None:
        """Lets the page see that its socket is not dead, when there was nothing else to say for a while."""
        if not self._has_spoken and now - self._quiet_since >= _QUIET_SECONDS:
            await self._send(messages.alive())
        if self._has_spoken:
            self._has_spoken, self._quiet_since = False, now

    async def end(self) -> None:
        await self._presence.leave()

    def _parse(self, text: str | None) -> ClientMessage:
        return messages.parse(text)

    async def _stands(self, ready: dict[str, Any]) -> dict[str, Any]:
        """What `ready` says of the session to this socket."""
        return ready

    async def _stay(self) -> None:
        """Keeps the place of the socket; to be called every few seconds."""
        await self._presence.enter()
        await self._dispatcher.present()

    async def _offer(self, offer: messages.Offer, now: float) -> None:
        try:
            if "webrtc" not in messages.sound_roads():
                raise MessageError("road_closed", _("This server takes no sound over this connection."))
            admitted = await database_sync_to_async(admission.admit)(self._user, self._session_id, offer)
            await self._dispatcher.offer(offer, admitted, now, channel=messages.CHANNEL)
        except Exception:
            self._limits.answered()
            raise

    async def _control(self, message: messages.Control) -> None:
        if await self._dispatcher.control(message):
            return
        if not isinstance(message, messages.Stop):
            raise MessageError(
                "worker_lost",
                _("The connection to this dictation was lost. It is being resumed."),
                retryable=True,
            )
        end = database_sync_to_async(admission.end)
        session, kept = await end(self._user, self._session_id)
        ended = messages.media(
            "ended", gen=session.gen, clock_ms=session.clock_ms, reason="stopped", kept=kept
        )
        await self._send(ended)

    async def _replay(self, after_seq: int) -> None:
        async with self._replaying:
            while page := await database_sync_to_async(admission.finals)(
                self._user, self._session_id, after_seq
            ):
                for final in page:
                    await self._send(final)
                after_seq = page[-1]["seq"]
                self._shown_seq = max(self._shown_seq, after_seq)
                if len(page) < SYNC_PAGE:
                    return
                await asyncio.sleep(_REPLAY_PAUSE_SECONDS)

    async def _recheck(self) -> None:
        try:
            recheck = database_sync_to_async(admission.recheck)
            last_seq = await recheck(self._user, self._session_id, self._login)
        except MessageError as error:
            await self._dispatcher.control(messages.Stop(), reason=error.code)
            raise
        # Heartbeats do not count recovered finals, so those that the channel layer has lost are replayed here.
        if last_seq > self._shown_seq:
            await self._replay(self._shown_seq)
