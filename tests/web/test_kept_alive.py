import asyncio
from collections.abc import AsyncIterator

import pytest

from captions.web.kept_alive import kept_alive


async def test_items_come_in_order_with_signs_between_late_ones() -> None:
    late = asyncio.Event()

    async def source() -> AsyncIterator[str]:
        yield "a"
        await late.wait()
        yield "b"

    found = []
    async for item in kept_alive(source(), 0.02):
        found.append(item)
        if found.count(None) == 2:
            late.set()
    assert found[:3] == ["a", None, None]
    assert [item for item in found if item] == ["a", "b"]


async def test_a_failure_is_passed_on() -> None:
    async def source() -> AsyncIterator[str]:
        yield "a"
        raise KeyError

    items = kept_alive(source(), 5)
    assert await anext(items) == "a"
    with pytest.raises(KeyError):
        await anext(items)


async def test_its_source_is_closed_with_it() -> None:
    closed = []

    async def source() -> AsyncIterator[str]:
        try:
            yield "a"
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    items = kept_alive(source(), 0.01)
    assert [await anext(items), await anext(items)] == ["a", None]
    await items.aclose()
    assert closed
