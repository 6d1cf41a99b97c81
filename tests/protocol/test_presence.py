import asyncio
import threading

import pytest

from captions.core.places import Places
from captions.protocol.presence import Presence


async def test_a_socket_that_left_does_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelling what renews its place does not stop the thread that it waits for."""
    arrived, go_on = threading.Event(), threading.Event()
    take = Places.take

    def take_late(self: Places, owner: str, name: str) -> int:
        arrived.set()
        go_on.wait(10)
        return take(self, owner, name)

    monkeypatch.setattr(Places, "take", take_late)
    presence = Presence(7, "leaving")
    renewing = asyncio.create_task(presence.enter())
    assert await asyncio.to_thread(arrived.wait, 10)
    renewing.cancel()
    leaving = asyncio.create_task(presence.leave())
    await asyncio.sleep(0.05)
    go_on.set()
    await leaving
    assert await Presence(7, "another").enter() == 1
    await presence.enter()
    assert await Presence(7, "another").enter() == 1
