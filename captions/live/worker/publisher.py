"""Sends a session's events to its browsers, in order, through the channel layer."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import structlog
from channels.exceptions import ChannelFull
from redis import RedisError

from ... import metrics
from ...core.cancellation import cancel_and_wait
from ...protocol.commands import group

log = structlog.get_logger(__name__)

_MOST = 200


class Publisher:
    """Queues events and sends them in order from a task of its own; the caller never waits.

    The queue is bounded: a partial replaces the last event if that is a partial of the same utterance, and a full
    queue drops its oldest event. Browsers get finals that were dropped from Postgres, by `seq`.
    """

    def __init__(self, layer: Any, session: str) -> None:
        self._layer = layer
        self._group = group(session)
        self._log = log.bind(session=session)
        self._queue: deque[tuple[str | None, dict[str, Any]]] = deque()
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._emptied.set()
        self.on_published: Callable[[dict[str, Any]], None] | None = None
        """Is told each message too, in the same order, before it is sent."""
        self._task = asyncio.create_task(self._run())

    def publish(self, payload: dict[str, Any]) -> None:
        """Sends one message of the wire protocol to every browser of the session, unless it is for programs only."""
        if self.on_published is not None:
            self.on_published(payload)
        if payload["type"] == "settled":
            return
        if self._queue and payload["type"] == "partial":
            last = self._queue[-1][1].get("payload", {})
            if last.get("type") == "partial" and last["utterance"] == payload["utterance"]:
                self._queue.pop()
        self._put(None, {"type": "session.event", "payload": payload})

    def reply(self, channel: str, payload: dict[str, Any]) -> None:
        """Sends an answer, or an error in a message, to the one browser that it concerns, if that waits for it."""
        if channel:
            self._put(channel, {"type": "session.event", "payload": payload})

    def taken(self, channel: str, worker: str) -> None:
        self._put(channel, {"type": "session.taken", "worker": worker})

    def heartbeat(self, worker: str, last_seq: int, settled_ms: int | None) -> None:
        """Tells that the session is alive; all speech up to `settled_ms` is saved, if that is known."""
        beat = {"worker": worker, "last_seq": last_seq, "settled_ms": settled_ms}
        self._put(None, {"type": "session.heartbeat", **beat})

    async def close(self, seconds: float = 2.0) -> None:
        """Sends what is queued, for at most `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._emptied.wait()
        except TimeoutError:
            metrics.DROPS.labels("event").inc(len(self._queue))
        await cancel_and_wait([self._task])

    def _put(self, channel: str | None, message: dict[str, Any]) -> None:
        if len(self._queue) >= _MOST:
            self._queue.popleft()
            metrics.DROPS.labels("event").inc()
        self._queue.append((channel, message))
        self._emptied.clear()
        self._filled.set()

    async def _run(self) -> None:
        while True:
            await self._filled.wait()
            while self._queue:
                channel, message = self._queue.popleft()
                await self._send(channel, message)
            self._filled.clear()
            self._emptied.set()

    async def _send(self, channel: str | None, message: dict[str, Any]) -> None:
        try:
            if channel is None:
                await self._layer.group_send(self._group, message)
            else:
                await self._layer.send(channel, message)
        except (ChannelFull, RedisError, OSError) as error:
            # Finals are in Postgres, and the browsers fetch those they miss.
            metrics.DROPS.labels("event").inc()
            self._log.warning("event_not_sent", error=type(error).__name__)
