"""Carries the sound of one sound socket to the audio worker of its session, and back what that has heard."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import msgspec
import structlog
from channels.db import database_sync_to_async
from django.conf import settings
from django.utils.translation import gettext as _

from ...core.cancellation import cancel_and_wait
from ...models import User
from ...protocol import feed_frames, messages, sound_frames
from ...protocol.commands import SHARED_CHANNEL, Open
from ...protocol.feed_frames import FrameError, Kind
from ...protocol.messages import MessageError
from ...protocol.registry import SharedRegistry
from ...protocol.sound_frames import SoundFrameError
from ..feed.connecting import connect
from ..signaling import admission
from .limits import SoundLimits

log = structlog.get_logger(__name__)


class Carrier:
    """One sound socket, whose worker is found with its first message. `now` is a monotonic time in seconds.

    Methods raise MessageError for an error to be sent to the browser, and redis.RedisError or
    django.db.DatabaseError when a store cannot be reached. `ended` is awaited when the worker has closed the
    connection.
    """

    def __init__(
        self,
        user: User,
        session_id: uuid.UUID,
        send: Callable[[dict[str, Any]], Awaitable[None]],
        ended: Callable[[], Awaitable[None]],
    ) -> None:
        self._user = user
        self._session_id = session_id
        self._send = send
        self._ended = ended
        self._limits = SoundLimits()
        self._writer: asyncio.StreamWriter | None = None
        self._telling: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        return self._writer is not None

    async def open(self, text: str | None) -> None:
        """Takes the first message: admits it like an offer, and connects to the worker."""
        offer, clock = messages.parse_opening(text)
        if self._writer is not None:
            raise MessageError("malformed", "This sound socket was opened already.")
        if "websocket" not in messages.sound_roads():
            raise MessageError("road_closed", _("This server takes no sound over this connection."))
        admitted: admission.Admitted = await database_sync_to_async(admission.admit)(
            self._user, self._session_id, offer
        )
        holder = await SharedRegistry().holder(str(self._session_id))

        def command(ticket: str, reply: str, deadline: float) -> Open:
            session = str(self._session_id)
            return admitted.opening(session, offer, reply, deadline, ticket=ticket, clock=clock)

        reader, self._writer = await connect(command, holder or SHARED_CHANNEL, settings.OFFER_SECONDS)
        self._telling = asyncio.create_task(self._tell(reader))
        await self._send(messages.opened(offer.gen))

    async def carry(self, message: bytes, now: float) -> None:
        """Passes on sound; waits while the worker has enough."""
        self._limits.check(len(message), now)
        if self._writer is None:
            raise MessageError("malformed", "The first message of a sound socket must be open.")
        try:
            sound_frames.parse(message)
        except SoundFrameError as error:
            raise MessageError("malformed", str(error)) from error
        # A connection that is gone is noticed by who reads it.
        with suppress(OSError):
            self._writer.write(feed_frames.pack(Kind.PACKETS, message))
            await self._writer.drain()

    async def close(self) -> None:
        if self._telling is not None:
            await cancel_and_wait([self._telling])
        if self._writer is not None:
            self._writer.close()

    async def _tell(self, reader: asyncio.StreamReader) -> None:
        try:
            while (frame := await self._next(reader)) is not None:
                if frame.kind is Kind.EVENT:
                    await self._send(msgspec.json.decode(frame.payload))
        except (FrameError, OSError, TimeoutError) as error:
            log.warning("sound_lost", session=str(self._session_id), error=type(error).__name__)
        await self._ended()

    async def _next(self, reader: asyncio.StreamReader) -> feed_frames.Frame | None:
        async with asyncio.timeout(feed_frames.LOST_SECONDS):
            return await feed_frames.read(reader)
