"""Ending tasks for certain."""

import asyncio
from collections.abc import Iterable
from typing import Any


async def cancel_and_wait(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancels tasks and waits for them; again where a client library took the cancellation for a time-out."""
    current = asyncio.current_task()
    mine = [task for task in tasks if task is not current]
    while pending := [task for task in mine if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=0.5)
