"""Sends what is in the outbox, from any number of processes."""

import asyncio
import time
from collections import Counter
from collections.abc import Container
from contextlib import suppress

import structlog
from channels.db import database_sync_to_async
from django.db import DatabaseError

from ..core.cancellation import cancel_and_wait
from ..models import WebhookDelivery
from .posting import deliver
from .recording import claim

log = structlog.get_logger(__name__)

# Nobody is told what comes into the outbox, so it is looked at this often.
_LOOK_SECONDS = 1.0
# An endpoint that does not answer keeps no more than so many posts waiting, beside which the others go out.
_OF_EACH = 2
_MOST = 500


class WebhookService:
    """Several may run: each delivery is claimed by one, and taken over when that one dies."""

    def __init__(self, *, allowed: Container[str], drain_seconds: float) -> None:
        """`allowed` hosts may be private; `drain_seconds` is the longest time for posts under way at the end."""
        self._allowed = allowed
        self._drain_seconds = drain_seconds
        self._posts: dict[asyncio.Task[None], int] = {}
        self._wake = asyncio.Event()
        self._stopping = False

    def stop(self) -> None:
        """Asks `run` to return, once what is under way has been answered."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        try:
            while not self._stopping:
                self._wake.clear()
                try:
                    await self._take()
                except DatabaseError as error:
                    log.warning("store_outage", error=type(error).__name__)
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):
                        await self._wake.wait()
            await self._drain()
        finally:
            await cancel_and_wait(self._posts)

    async def _take(self) -> None:
        busy = Counter(self._posts.values())
        room = _MOST - len(self._posts)
        for delivery in await database_sync_to_async(claim)(busy, of_each=_OF_EACH, most=room):
            task = asyncio.create_task(self._deliver(delivery))
            self._posts[task] = delivery.endpoint_id
            task.add_done_callback(self._done)

    async def _deliver(self, delivery: WebhookDelivery) -> None:
        try:
            await deliver(delivery, self._allowed)
        except DatabaseError as error:
            log.warning("store_outage", error=type(error).__name__)
        except Exception:
            # A bug must not end the others; this delivery is due again when its lease ends.
            log.exception("webhook_failed", delivery=str(delivery.pk))

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._posts.pop(task, None)
        self._wake.set()

    async def _drain(self) -> None:
        deadline = time.monotonic() + self._drain_seconds
        while self._posts and (left := deadline - time.monotonic()) > 0:
            await asyncio.wait(list(self._posts), timeout=left)
