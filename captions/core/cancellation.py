"""Reliable asyncio tasks: those that outlive a view, their cancellation, and work that none leaves half done."""

import asyncio
from collections.abc import Awaitable, Coroutine, Iterable
from contextvars import Context
from typing import Any, TypeVar

T = TypeVar("T")


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


async def completed(work: Awaitable[T]) -> T:
    """The result of `work`, which goes on if its caller is cancelled meanwhile: the cancellation comes with the next
    wait of the caller, who then knows what there is to undo.
    """
    task = asyncio.ensure_future(work)
    cancelled = 0
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled += 1
    current = asyncio.current_task()
    if cancelled and current is not None:
        for _ in range(cancelled):
            current.uncancel()
        current.cancel()
    return task.result()
