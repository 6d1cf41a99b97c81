"""Reliable cancellation of asyncio tasks."""

import asyncio
from collections.abc import Iterable
from typing import Any


async def cancel_and_wait(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancels all tasks except the caller's own, and waits until they are done.

    A task that is still running after 0.5 s is cancelled again: a client library may have swallowed the cancellation
    as a time-out of its own.
    """
    current = asyncio.current_task()
    mine = [task for task in tasks if task is not current]
    while pending := [task for task in mine if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=0.5)
