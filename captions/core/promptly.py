"""Asynchronous work for which a view waits."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from asgiref.sync import async_to_sync
from redis import TimeoutError as NoAnswerError

from .valkey import silence

Result = TypeVar("Result")

_SECONDS = 1.0


def promptly(work: Callable[..., Awaitable[Result]], *args: Any) -> Result:
    """The result of `work`, which asks Valkey. Raises redis.TimeoutError if that takes more than a second, and what the
    work raises.
    """

    async def bounded() -> Result:
        try:
            async with asyncio.timeout(_SECONDS):
                return await work(*args)
        except TimeoutError as error:
            silence.note()
            raise NoAnswerError("Valkey does not answer.") from error

    silence.check()
    return async_to_sync(bounded)()
