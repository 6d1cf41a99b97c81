"""The order in which a session lets go of what it holds."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from captions.live.worker.live_session import LiveSession
from captions.live.worker.session_limits import LiveLimits
from captions.protocol.commands import Control
from captions.speech.endpointing import EndpointSettings
from captions.speech.origin import NO_ORIGIN, Origin
from captions.speech.types import TimeRange
from captions.transcripts.final_writer import SessionUpdate

LIMITS = LiveLimits(
    session_seconds=60,
    silence_seconds=60,
    pause_seconds=60,
    media_end_seconds=60,
    resume_seconds=60,
    alone_seconds=600,
    stop_grace_seconds=0,
)


class Noting:
    """A transcriber and a publisher that note what is asked of them."""

    clock_ms = last_seq = decoded_ms = settled_ms = 0
    may_hold_words = False

    def __init__(self) -> None:
        self.asked: list[str] = []

    def flush(self) -> None: ...

    def skip(self, samples: int) -> None: ...

    def take_origin(self) -> Origin:
        return NO_ORIGIN

    def take_undecoded(self) -> tuple[TimeRange, ...]:
        return ()

    async def drained(self, seconds: float) -> bool:
        return True

    async def close(self) -> None:
        self.asked.append("close")

    def publish(self, payload: dict[str, Any]) -> None:
        self.asked.append(payload.get("state", "") if payload.get("kept", True) else "discarded")


async def kept() -> bool:
    return False


def make_session(
    transcriber: Any,
    publisher: Any,
    touch: Callable[[SessionUpdate], None],
    *,
    discard: Callable[[], Awaitable[bool]] | None = kept,
    paused: bool = False,
) -> LiveSession:
    return LiveSession(
        str(uuid.uuid4()),
        worker="worker",
        transcriber=transcriber,
        publisher=publisher,
        touch=touch,
        limits=LIMITS,
        endpoints=EndpointSettings(),
        peer_options={},
        paused=paused,
        resumed=False,
        continuations=0,
        on_ended=lambda session: transcriber.asked.append("ended"),
        discard=discard,
        share=lambda shares: True,
        expect=lambda ticket, serve: "127.0.0.1:1",
    )


@pytest.mark.parametrize(
    "leave",
    [lambda session: session.end("lost"), LiveSession.move, LiveSession.hand_over, LiveSession.abandon],
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


@pytest.mark.parametrize(
    ("heard", "answer", "told"),
    [
        ({}, True, "discarded"),
        ({}, False, "ended"),
        ({"last_seq": 1}, True, "ended"),
        ({}, None, "ended"),
        ({"may_hold_words": True}, True, "ended"),
        ({"all_saved": False}, True, "ended"),
        # Its page may have recorded what did not arrive.
        ({"reason": "lost"}, True, "ended"),
    ],
)
async def test_only_a_session_that_surely_holds_no_word_is_discarded(
    heard: dict[str, Any], answer: bool | None, told: str
) -> None:
    class Heard(Noting):
        last_seq = heard.get("last_seq", 0)
        may_hold_words = heard.get("may_hold_words", False)

        async def drained(self, seconds: float) -> bool:
            return bool(heard.get("all_saved", True))

    async def discard() -> bool:
        return bool(answer)

    publisher: Any = Noting()
    transcriber: Any = Heard()
    asked = None if answer is None else discard
    await make_session(transcriber, publisher, lambda update: None, discard=asked).end(
        heard.get("reason", "stopped")
    )
    assert publisher.asked[-2:-1] == [told]


async def test_the_clock_runs_from_resume_on_although_no_sound_arrives() -> None:
    updates: list[SessionUpdate] = []
    session = make_session(Noting(), Noting(), updates.append, paused=True)
    session.command(Control(session.id, "resume", ""))
    await asyncio.sleep(0.05)
    assert updates[-1].clock_at is not None
    await session.abandon()


class Interpreting:
    """A translator that notes when it is asked for what waits."""

    def __init__(self, asked: list[str]) -> None:
        self._asked = asked

    async def finish(self, seconds: float) -> None:
        self._asked.append("translated")

    async def close(self) -> None:
        self._asked.append("untranslated")


async def test_translations_are_finished_once_the_session_has_ended() -> None:
    transcriber: Any = Noting()
    publisher: Any = transcriber
    session = make_session(transcriber, publisher, lambda update: None)
    session._translator = Interpreting(transcriber.asked)  # type: ignore[assignment]
    await session.end("lost")
    assert transcriber.asked[:4] == ["close", "ended", "ended", "translated"]
    assert session.closed.is_set()


async def test_an_abandoned_session_translates_nothing_more() -> None:
    transcriber: Any = Noting()
    session = make_session(transcriber, transcriber, lambda update: None)
    session._translator = Interpreting(transcriber.asked)  # type: ignore[assignment]
    await session.abandon()
    assert transcriber.asked[:3] == ["close", "untranslated", "ended"]
