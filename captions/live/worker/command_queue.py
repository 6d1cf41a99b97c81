"""One session's commands, carried out one after the other."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from ... import metrics
from ...core.cancellation import cancel_and_wait
from ...protocol.commands import Command

log = structlog.get_logger(__name__)

_MOST = 64


class CommandQueue:
    """Has commands obeyed in their order by a task of its own; beyond a bound new ones are let go."""

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
        """Takes a command; never waits."""
        try:
            self._queue.put_nowait(command)
        except asyncio.QueueFull:
            metrics.DROPS.labels("command").inc()

    def stop(self) -> None:
        """The command that is being carried out is the last."""
        self._closed = True

    async def close(self) -> None:
        """Cancels what is being done, unless that is to close this."""
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
