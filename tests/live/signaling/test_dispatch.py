"""When a worker is given up. Time is an input."""

from typing import Any

import pytest
from redis import TimeoutError as RedisTimeoutError

from captions.live.signaling.dispatch import Dispatcher
from captions.protocol.messages import MessageError, Stop

WORKER = "audioworker.test"


class ScriptedRegistry:
    """Says who holds the session, or is away."""

    def __init__(self) -> None:
        self.held_by: str | None = WORKER
        self.is_away = False
        self.asked = 0

    async def holder(self, session: str) -> str | None:
        self.asked += 1
        if self.is_away:
            raise RedisTimeoutError
        return self.held_by


@pytest.fixture
def registry() -> ScriptedRegistry:
    return ScriptedRegistry()


@pytest.fixture
def dispatcher(registry: Any) -> Dispatcher:
    return Dispatcher("session", "reply", None, registry, offer_seconds=3, lost_seconds=5)


async def watched(dispatcher: Dispatcher, start: int, end: int) -> int | None:
    """The second from `start` to `end` at which the worker is given up; None if it is not."""
    for now in range(start, end):
        try:
            await dispatcher.look(now)
        except RedisTimeoutError:
            continue
        error = dispatcher.overdue(now)
        if error is not None:
            assert error.code == "worker_lost"
            return now
    return None


async def test_a_dead_worker_is_given_up(dispatcher: Dispatcher, registry: ScriptedRegistry) -> None:
    await dispatcher.find(0)
    dispatcher.heartbeat(WORKER, 2)
    registry.held_by = None
    assert await watched(dispatcher, 1, 60) == 8
    assert await watched(dispatcher, 9, 60) is None, "once"


async def test_a_worker_whose_heartbeats_get_lost_is_not(dispatcher: Dispatcher) -> None:
    await dispatcher.find(0)
    assert await watched(dispatcher, 1, 60) is None


async def test_the_registry_is_not_asked_while_heartbeats_come(
    dispatcher: Dispatcher, registry: ScriptedRegistry
) -> None:
    await dispatcher.find(0)
    registry.asked = 0
    for now in range(2, 60, 2):
        assert await watched(dispatcher, now - 1, now + 1) is None
        dispatcher.heartbeat(WORKER, now)
    assert registry.asked == 0
    dispatcher.forget()
    assert await watched(dispatcher, 60, 90) is None
    assert registry.asked == 0, "there is no worker to look for"


async def test_an_outage_of_valkey_is_not_the_death_of_a_worker(
    dispatcher: Dispatcher, registry: ScriptedRegistry
) -> None:
    await dispatcher.find(0)
    registry.is_away, registry.held_by = True, None
    assert await watched(dispatcher, 1, 21) is None
    registry.is_away = False
    assert await watched(dispatcher, 21, 25) is None, "its entry has expired meanwhile"
    dispatcher.heartbeat(WORKER, 24)
    # This time the answers are only late, and the worker is really gone.
    assert await watched(dispatcher, 34, 60) == 40


async def test_after_an_outage_a_worker_may_still_turn_up(
    dispatcher: Dispatcher, registry: ScriptedRegistry
) -> None:
    registry.held_by = None
    assert not await dispatcher.find(0, expected=True)
    with pytest.raises(MessageError) as caught:
        await dispatcher.control(Stop())
    assert (caught.value.code, caught.value.retryable) == ("busy", True)
    assert await watched(dispatcher, 1, 60) == 6
    assert not await dispatcher.control(Stop())
