import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.conf import settings
from pytest_django.fixtures import Settings
from redis.asyncio import Redis

from captions.protocol.registry import Registry, WorkerState, holder, workers
from tests.processes import until


@pytest.fixture
async def registry() -> AsyncIterator[Registry]:
    registry = Registry()
    yield registry
    await registry.close()


async def test_one_worker_holds_a_session(registry: Registry) -> None:
    assert await registry.hold("s", "a")
    assert await registry.hold("s", "a")
    assert not await registry.hold("s", "b")
    assert holder("s") == "a"
    await registry.release("s", "b")
    assert holder("s") == "a"
    await registry.release("s", "a")
    assert await registry.hold("s", "b")


class Overtaken(Redis):
    """A store in which another worker takes a hold over just before it is renewed or released."""

    async def execute_command(self, *arguments: Any, **options: Any) -> Any:
        if arguments[0] in ("DEL", "PEXPIRE", "EVALSHA"):
            async with Redis.from_url(settings.REDIS_URL) as other:
                await other.set("whisperstream:holder:s", "b")
        return await super().execute_command(*arguments, **options)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("does", ["hold", "release"])
async def test_who_comes_too_late_takes_nothing_from_the_next_holder(registry: Registry, does: str) -> None:
    late = Registry(Overtaken.from_url(settings.REDIS_URL))
    assert await registry.hold("s", "a")
    assert not await getattr(late, does)("s", "a")
    assert holder("s") == "b"
    await late.close()


async def test_what_is_not_renewed_is_forgotten(registry: Registry, settings: Settings) -> None:
    settings.HEARTBEAT_LOST_SECONDS = 0.05
    await registry.hold("s", "a")
    await registry.announce(WorkerState("a", "ready", room=2))
    assert [worker.name for worker in workers()] == ["a"]
    await asyncio.sleep(0.1)
    assert holder("s") is None
    assert workers() == []


async def test_a_worker_that_was_killed_is_gone_at_once(registry: Registry) -> None:
    theirs = Registry()
    state = WorkerState("a", "ready", room=2, connection=await theirs.connection())
    await registry.announce(state)
    assert workers() == [state]
    await theirs.close()
    until(lambda: workers() == [], "Valkey knows that its connection has ended", 10)


async def test_a_worker_that_leaves_is_gone_at_once(registry: Registry) -> None:
    state = WorkerState("a", "loading", "Downloading the model base.", 5, 10)
    await registry.announce(state)
    assert workers() == [state]
    await registry.leave("a")
    assert workers() == []
