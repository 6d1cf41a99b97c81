"""Reliable asyncio tasks: those that outlive a view, and their cancellation."""

import asyncio
from collections.abc import Coroutine, Iterable
from contextvars import Context
from typing import Any


def independent_task(work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
    """A task that may go on after the view that starts it.

    Django runs a view in the thread of its middleware, which is gone then; what is called in threads must not wait for
    that one, as it would in the context of the view.
    """
    return asyncio.create_task(work, context=Context())


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
