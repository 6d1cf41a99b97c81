"""Carries out the commands of one session one after the other."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from ... import metrics
from ...core.cancellation import cancel_and_wait
from ...protocol.commands import Command

log = structlog.get_logger(__name__)

_MOST = 64


class CommandQueue:
    """Calls `obey` with each command, in order, in a task of its own. A full queue drops new commands.

    `on_failure` is called when `obey` raises; the next command is carried out all the same.
    """

    def __init__(
        self, session: str, obey: Callable[[Command], Awaitable[None]], on_failure: Callable[[], None]
    ) -> None:
        self._log = log.bind(session=session)
        self._obey = obey
        self._on_failure = on_failure
        self._queue: asyncio.Queue[Command] = asyncio.Queue(_MOST)
        self._closed = False
        self._task = asyncio.create_task(self._run(), name=f"session-{session}")

    def put(self, command: Command) -> None:
        """Queues a command, or drops it when the queue is full; never waits."""
        try:
            self._queue.put_nowait(command)
        except asyncio.QueueFull:
            metrics.DROPS.labels("command").inc()

    def stop(self) -> None:
        """Carries out no command after the current one."""
        self._closed = True

    async def close(self) -> None:
        """Stops, and cancels the current command unless it is the caller."""
        self._closed = True
        await cancel_and_wait([self._task])

    async def _run(self) -> None:
        while not self._closed:
            command = await self._queue.get()
            try:
                await self._obey(command)
            except Exception:
                self._log.exception("command_failed", command=type(command).__name__)
                self._on_failure()
