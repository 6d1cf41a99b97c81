import asyncio

import pytest

from captions.core.cancellation import completed


async def test_what_was_done_is_known_before_the_cancellation_comes() -> None:
    may_end, seen = asyncio.Event(), []

    async def work() -> str:
        await may_end.wait()
        return "done"

    async def caller() -> None:
        seen.append(await completed(work()))
        await asyncio.sleep(0)
        seen.append("went on")

    calling = asyncio.create_task(caller())
    await asyncio.sleep(0)
    for _ in range(2):
        calling.cancel()
        await asyncio.sleep(0)
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert seen == ["done"]


async def test_without_a_cancellation_it_is_as_if_it_was_awaited() -> None:
    async def fail() -> None:
        raise ValueError("no")

    assert await completed(asyncio.sleep(0, "result")) == "result"
    with pytest.raises(ValueError, match="no"):
        await completed(fail())
