"""The process that sends captions elsewhere: takes every active output that no other process holds."""

import asyncio
import os
import secrets
import socket
import time
from collections.abc import Awaitable, Collection
from contextlib import suppress
from typing import Any

import structlog
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from redis import RedisError

from ..core.cancellation import cancel_and_wait
from ..core.sending import Sender
from ..core.valkey import async_valkey
from ..models import CaptionOutput
from ..protocol.holding import Holds
from .delivery import Delivery

log = structlog.get_logger(__name__)

_HOLDER = "whisperstream:output:"


def make_name() -> str:
    return f"outputs-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


class OutputService:
    """Any number of these may run; each output is held by one of them, and taken over when that one dies."""

    def __init__(self, layer: Any, *, name: str, allowed: Collection[str], drain_seconds: float) -> None:
        """`allowed` are hosts beside those of the services; `drain_seconds` is the longest time for last posts."""
        self._layer = layer
        self._name = name
        self._allowed = allowed
        self._drain_seconds = drain_seconds
        self._redis = async_valkey()
        self._holds = Holds(self._redis, _HOLDER)
        self._deliveries: dict[int, Delivery] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Asks `run` to drain and return."""
        self._stop.set()

    async def run(self) -> None:
        log.info("outputs_started", name=self._name)
        try:
            while not self._stop.is_set():
                await self._attempt(self._renew())
                await self._attempt(self._take())
                with suppress(TimeoutError):
                    async with asyncio.timeout(settings.HEARTBEAT_SECONDS):
                        await self._stop.wait()
            await self._drain()
        finally:
            await cancel_and_wait(self._tasks.values())
            for pk in list(self._tasks):
                await self._attempt(self._end(pk))
            await self._redis.aclose()
            log.info("outputs_stopped", name=self._name)

    async def _renew(self) -> None:
        for pk, task in list(self._tasks.items()):
            if task.done() or not await self._holds.hold(str(pk), self._name):
                await cancel_and_wait([task])
                await self._end(pk)

    async def _take(self) -> None:
        for pk, session, kind in await database_sync_to_async(_active)():
            if pk not in self._tasks and await self._holds.hold(str(pk), self._name):
                delivery = Delivery(pk, session, kind, layer=self._layer, sender=Sender(self._allowed))
                self._deliveries[pk] = delivery
                self._tasks[pk] = asyncio.create_task(delivery.run())

    async def _end(self, pk: int) -> None:
        task = self._tasks.pop(pk)
        del self._deliveries[pk]
        if not task.cancelled() and (error := task.exception()):
            # A bug must not end the other deliveries; this one begins again at the next look.
            log.error("delivery_failed", output=pk, exc_info=error)
        await self._holds.release(str(pk), self._name)

    async def _drain(self) -> None:
        """Lets each delivery send what is saved by now; what is left, the next process sends."""
        for delivery in self._deliveries.values():
            delivery.stop()
        deadline = time.monotonic() + self._drain_seconds
        while self._tasks and (left := deadline - time.monotonic()) > 0:
            await asyncio.wait(self._tasks.values(), timeout=min(left, settings.HEARTBEAT_SECONDS))
            await self._attempt(self._renew())

    async def _attempt(self, work: Awaitable[None]) -> None:
        try:
            await work
        except (RedisError, DatabaseError, OSError) as error:
            log.warning("store_outage", error=type(error).__name__)


def _active() -> list[tuple[int, str, str]]:
    rows = CaptionOutput.objects.active(timezone.now()).values_list("pk", "session", "kind")
    return [(pk, str(session), kind) for pk, session, kind in rows]
