"""The order in which a session lets go of what it holds."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from captions.speech.endpointing import EndpointSettings
from captions.worker.live_session import LiveLimits, LiveSession

LIMITS = LiveLimits(
    session_seconds=60,
    silence_seconds=60,
    pause_seconds=60,
    media_end_seconds=60,
    resume_seconds=60,
    stop_grace_seconds=0,
)


class Noting:
    """A transcriber and a publisher that note what is asked of them."""

    clock_ms = last_seq = 0

    def __init__(self) -> None:
        self.asked: list[str] = []

    def flush(self) -> None: ...

    async def drained(self, seconds: float) -> bool:
        return True

    async def close(self) -> None:
        self.asked.append("close")

    def tell(self, payload: dict[str, Any]) -> None: ...


@pytest.mark.parametrize(
    "leave", [lambda session: session.end("lost"), LiveSession.move, LiveSession.abandon]
)
async def test_nothing_is_asked_of_the_recogniser_once_it_forgot_the_session(
    leave: Callable[[LiveSession], Awaitable[None]],
) -> None:
    transcriber: Any = Noting()
    publisher: Any = Noting()
    session = LiveSession(
        str(uuid.uuid4()),
        worker="worker",
        transcriber=transcriber,
        publisher=publisher,
        touch=lambda update: None,
        limits=LIMITS,
        endpoints=EndpointSettings(),
        peer_options={},
        paused=False,
        resumed=False,
        on_ended=lambda session: transcriber.asked.append("ended"),
    )
    await leave(session)
    assert transcriber.asked[:2] == ["close", "ended"]
