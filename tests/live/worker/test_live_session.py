"""The order in which a session lets go of what it holds."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from captions.live.worker.live_session import LiveSession
from captions.live.worker.session_limits import LiveLimits
from captions.speech.endpointing import EndpointSettings
from captions.speech.types import TimeRange
from captions.transcripts.final_writer import SessionUpdate

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

    clock_ms = last_seq = decoded_ms = settled_ms = 0

    def __init__(self) -> None:
        self.asked: list[str] = []

    def flush(self) -> None: ...

    def take_undecoded(self) -> tuple[TimeRange, ...]:
        return ()

    async def drained(self, seconds: float) -> bool:
        return True

    async def close(self) -> None:
        self.asked.append("close")

    def publish(self, payload: dict[str, Any]) -> None: ...


def make_session(transcriber: Any, publisher: Any, touch: Callable[[SessionUpdate], None]) -> LiveSession:
    return LiveSession(
        str(uuid.uuid4()),
        worker="worker",
        transcriber=transcriber,
        publisher=publisher,
        touch=touch,
        limits=LIMITS,
        endpoints=EndpointSettings(),
        peer_options={},
        paused=False,
        resumed=False,
        on_ended=lambda session: transcriber.asked.append("ended"),
    )


@pytest.mark.parametrize(
    "leave", [lambda session: session.end("lost"), LiveSession.move, LiveSession.abandon]
)
async def test_nothing_is_asked_of_the_recogniser_once_it_forgot_the_session(
    leave: Callable[[LiveSession], Awaitable[None]],
) -> None:
    transcriber: Any = Noting()
    publisher: Any = Noting()
    await leave(make_session(transcriber, publisher, lambda update: None))
    assert transcriber.asked[:2] == ["close", "ended"]


async def test_what_could_not_be_written_by_the_end_is_left_to_whoever_reads_the_sound() -> None:
    class Slow(Noting):
        clock_ms = 9_000
        decoded_ms = settled_ms = 4_000

        async def drained(self, seconds: float) -> bool:
            return False

    updates: list[SessionUpdate] = []
    publisher: Any = Noting()
    transcriber: Any = Slow()
    session = make_session(transcriber, publisher, updates.append)
    await session.end("lost")
    assert [(each.settled_ms, each.undecoded) for each in updates] == [(4_000, (TimeRange(4_000, 9_000),))]
