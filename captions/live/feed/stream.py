"""The web process's end of a feed: pushes the sound of a client to an audio worker, and gives out what that tells."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import msgspec
import structlog
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError
from django.utils.translation import gettext as _
from redis import RedisError

from ...core.cancellation import cancel_and_wait, completed, independent_task
from ...core.interface_language import translated
from ...models import ApiToken, User
from ...protocol import feed_frames, messages
from ...protocol.commands import SHARED_CHANNEL, OpenFeed
from ...protocol.feed_frames import Frame, FrameError, Kind, Listen
from ...speech.ring import Samples
from . import admission
from .admission import RENEW_SECONDS, FedSession
from .connecting import connect

log = structlog.get_logger(__name__)

_HANG_UP_SECONDS = 60.0
_DROPPED_BYTES = 65_536
_MOST_SAMPLES = feed_frames.MOST_BYTES // 2

# Connections that are being closed; the event loop itself would forget them.
_closing: set[asyncio.Task[None]] = set()


class SoundStream:
    """Sound in, text out, of one session. To be opened with `open`, and closed as a context manager does.

    Samples are int16 mono at 16 kHz, shape (n,). `push` waits while the sound before it is being heard, so that a
    client that pushes faster than that has to wait. Iterate over it for what the worker tells, in order: the messages
    of `protocol.messages` (speech, partial, final, settled, error, media), and `{"type": "flushed", "number": n}` for
    each `flush`. The last one is `media` with the state ended; if the worker is lost, an error `worker_lost`.
    """

    def __init__(
        self, session: FedSession, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.session = session
        self._reader = reader
        self._writer = writer
        self._flushes = 0
        self._over = False
        self._log = log.bind(session=str(session.id))
        self._alive = independent_task(self._keep_alive())
        self._leaving: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        speaker: ApiToken | User,
        listen: Listen,
        *,
        kept: bool,
        title: str = "",
        wait_seconds: float | None = None,
    ) -> Self:
        """Begins a session of an account, or of that of a token; waits `wait_seconds` for a worker with room.

        One that is `kept` is in the history. Raises MessageError (too_many_sessions, busy, loading,
        model_unavailable), and redis.RedisError or django.db.Error where a store is away.
        """
        admit = database_sync_to_async(admission.admit)
        session = await completed(admit(speaker, listen, kept=kept, title=title))
        try:
            # If this was cancelled, here it ends: Redis' client may swallow it.
            await asyncio.sleep(0)
            wait = settings.OFFER_SECONDS if wait_seconds is None else wait_seconds
            reader, writer = await _connect(session, wait)
        except BaseException:
            await completed(_give_up(session))
            raise
        return cls(session, reader, writer)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def push(self, samples: Samples) -> None:
        """Passes on sound; waits while the worker has enough. What is pushed after the end is dropped."""
        for start in range(0, samples.size, _MOST_SAMPLES):
            await self._send(Kind.SOUND, samples[start : start + _MOST_SAMPLES].astype("<i2").tobytes())

    async def listen(self, listen: Listen) -> None:
        """Changes how the sound that follows is listened to."""
        # Whatever is said of it, it has come the same way.
        listen = msgspec.structs.replace(listen, hops=self.session.listen.hops)
        await self._send(Kind.LISTEN, feed_frames.payload_of(listen))

    async def flush(self) -> int:
        """Asks for all text of the sound so far; returns the number with which `flushed` comes after it."""
        self._flushes += 1
        await self._send(Kind.FLUSH, str(self._flushes).encode())
        return self._flushes

    async def end(self) -> None:
        """Says that no more sound comes: the rest of the text follows, and then `media` ended."""
        await self._send(Kind.END)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> dict[str, Any]:
        if self._over:
            raise StopAsyncIteration
        frame = await self._next_frame()
        if frame is None:
            return self._lost()
        if frame.kind is Kind.FLUSHED:
            return {"type": "flushed", "number": int(frame.payload)}
        payload: dict[str, Any] = msgspec.json.decode(frame.payload)
        if payload["type"] == "media" and payload["state"] == "ended":
            self._over = True
        if payload["type"] == "error":
            # A worker does not know in which language its sentences are read.
            payload["message"] = translated(payload["message"])
        return payload

    async def _next_frame(self) -> Frame | None:
        """What the worker tells next; None if it is lost."""
        try:
            while True:
                async with asyncio.timeout(feed_frames.LOST_SECONDS):
                    frame = await feed_frames.read(self._reader)
                if frame is None or frame.kind is not Kind.ALIVE:
                    return frame
        except (FrameError, OSError) as error:
            self._log.warning("feed_lost", error=type(error).__name__)
            return None

    async def close(self) -> None:
        """Ends the connection; a session that has not ended does so, with all that was pushed. Does not wait for that.

        Later calls do nothing.
        """
        if self._leaving is None:
            self._leaving = _held(self._leave())
        # Whoever closes it may be cancelled meanwhile, but nobody would give the place back then.
        await asyncio.shield(self._leaving)

    async def _leave(self) -> None:
        await cancel_and_wait([self._alive])
        _held(self._hang_up())
        await sync_to_async(self.session.leave)()

    async def _hang_up(self) -> None:
        """Reads what still comes: a connection that is closed with unread data loses what was sent, too."""
        try:
            async with asyncio.timeout(_HANG_UP_SECONDS):
                self._writer.write_eof()
                while await self._reader.read(_DROPPED_BYTES):
                    pass
            self._writer.close()
        except (TimeoutError, OSError):
            self._writer.transport.abort()

    def _lost(self) -> dict[str, Any]:
        self._over = True
        # Whoever pushes must not wait for a worker that is not there.
        self._writer.transport.abort()
        sentence = _("The speech recognition of this server was interrupted. Connect again.")
        return messages.error("worker_lost", sentence, retryable=True)

    async def _send(self, kind: Kind, payload: bytes = b"") -> None:
        # A lost worker is told by the iterator.
        with suppress(OSError):
            self._writer.write(feed_frames.pack(kind, payload))
            await self._writer.drain()

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            await self._send(Kind.ALIVE)
            with suppress(RedisError):
                await sync_to_async(self.session.renew)()


def _held(work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
    task = independent_task(work)
    _closing.add(task)
    task.add_done_callback(_closing.discard)
    return task


async def _connect(
    session: FedSession, wait_seconds: float
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the worker that took the session. Raises MessageError."""

    def command(ticket: str, reply: str, deadline: float) -> OpenFeed:
        return OpenFeed(
            str(session.id),
            ticket,
            session.listen.language,
            reply,
            deadline,
            session.listen.endpointing,
            session.listen.vocabulary,
            session.kept,
            session.listen.hops,
        )

    return await connect(command, SHARED_CHANNEL, wait_seconds)


async def _give_up(session: FedSession) -> None:
    """Leaves nothing of a session that no worker took."""
    await sync_to_async(session.leave)()
    with suppress(DatabaseError):
        await database_sync_to_async(admission.discard)(session)
