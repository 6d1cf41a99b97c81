"""Reading streams of events, with the real channel layer and stores; the test plays the audio worker."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from channels.layers import get_channel_layer
from django.test import AsyncClient

from captions.models import Session, User
from captions.protocol.commands import group
from tests.audience.support import Reading
from tests.factories import make_session

Read = Callable[..., Awaitable[Reading]]
Publish = Callable[..., Awaitable[None]]


@pytest.fixture(autouse=True)
def _fast_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("captions.audience.stream._TICK_SECONDS", 0.05)


@pytest.fixture
def session(user: User) -> Session:
    return make_session(user, ["One.", "Two.", "Three."])


@pytest.fixture
async def layer() -> AsyncIterator[Any]:
    layer = get_channel_layer()
    yield layer
    # Also waits for what it still does in this event loop.
    await layer.flush()
    await layer.close_pools()


@pytest.fixture
async def read(layer: Any, user: User) -> AsyncIterator[Read]:
    """Opens a stream, with the user's login unless there is another client."""
    opened: list[Reading] = []

    async def read(
        session: Session, query: str = "", *, client: AsyncClient | None = None, **headers: str
    ) -> Reading:
        if client is None:
            client = AsyncClient()
            await client.aforce_login(user)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        response = await client.get(f"/captions/{session.pk}/events{query}", headers=sent)
        reading = Reading(response)
        opened.append(reading)
        return reading

    yield read
    for reading in opened:
        await reading.close()


@pytest.fixture
async def publish(layer: Any) -> Publish:
    """Says something to everyone who follows the session, as its audio worker does."""

    async def publish(session: Session, **message: Any) -> None:
        # A reader has joined once it has read what there was.
        await asyncio.sleep(0)
        await layer.group_send(group(str(session.pk)), {"type": "session.event", "payload": message})

    return publish
