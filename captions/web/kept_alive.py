"""Items that come late."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TypeVar

from ..core.cancellation import cancel_and_wait

T = TypeVar("T")


async def kept_alive(source: AsyncIterator[T], seconds: float) -> AsyncGenerator[T | None, None]:
    """The items of `source`, and None each time that for so long none has come. Closes `source` if it can be closed."""
    pending = asyncio.ensure_future(anext(source))
    try:
        while True:
            done, _ = await asyncio.wait([pending], timeout=seconds)
            if not done:
                yield None
                continue
            try:
                item = pending.result()
            except StopAsyncIteration:
                return
            yield item
            pending = asyncio.ensure_future(anext(source))
    finally:
        await cancel_and_wait([pending])
        close = getattr(source, "aclose", None)
        if close is not None:
            await close()
