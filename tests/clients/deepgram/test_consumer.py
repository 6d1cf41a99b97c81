import asyncio
import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from captions.clients.deepgram import consumer
from captions.clients.sockets import consumer as sockets
from captions.core import draining
from captions.models import Scope, User
from captions.protocol.feed_frames import Listen
from captions.protocol.messages import MessageError
from captions.protocol.registry import Registry, WorkerState
from captions.tokens import issuing
from tests.clients.tokens import token_of
from tests.dialects.deepgram.telling import final, partial, speech

from .conftest import Client, Connect, FakeStream

pytestmark = pytest.mark.django_db(transaction=True)

SECOND = np.zeros(16_000, "<i2").tobytes()
WAIT_SECONDS = 60


async def true(condition: Callable[[], bool]) -> None:
    """Waits until the condition holds."""
    async with asyncio.timeout(WAIT_SECONDS):
        while not condition():  # noqa: ASYNC110 (what the application does sets no event)
            await asyncio.sleep(0.01)


class Clock:
    """The time of the consumers, which stands still unless a test advances it."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self._reads = 0

    def monotonic(self) -> float:
        self._reads += 1
        return self.now

    async def advance(self, seconds: float) -> None:
        """Returns once consumers have looked at the new time in two of their ticks, twice in each, and heard all."""
        self.now += seconds
        enough = self._reads + 4
        await true(lambda: self._reads >= enough)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(consumer, "time", clock)
    monkeypatch.setattr(sockets, "time", clock)
    return clock


async def opened(streams: type[FakeStream], count: int = 1) -> FakeStream:
    """The newest of so many streams, once they are open."""
    await true(lambda: len(streams.opened) >= count)
    return streams.opened[-1]


async def heard(stream: FakeStream, samples: int) -> None:
    await true(lambda: stream.samples >= samples)


async def test_sound_goes_in_and_what_is_heard_comes_out(
    connect: Connect, streams: type[FakeStream], token: str
) -> None:
    client = await connect(
        token,
        "encoding=linear16&sample_rate=16000&interim_results=true&vad_events=true&language=en-US&keyterm=Kiel",
    )
    stream = await opened(streams)
    assert stream.listens == [Listen("en", vocabulary=("Kiel",))]
    await client.send(SECOND[:7])
    await client.send(SECOND[7:])
    await heard(stream, 16_000)
    for event in (speech("started", 400), partial("To", "Kiel"), final("To Kiel.", 500, 900)):
        stream.events.put_nowait(event)
    assert (await client.hear())["type"] == "SpeechStarted"
    interim, said = await client.hear(), await client.hear()
    assert (interim["is_final"], interim["start"], interim["duration"]) == (False, 0.0, 1.0)
    assert said["channel"]["alternatives"][0]["transcript"] == "To Kiel."
    assert said["metadata"]["request_id"] == str(stream.session.id)


async def test_the_end_comes_after_the_last_words(
    connect: Connect, streams: type[FakeStream], token: str
) -> None:
    streams.finals = [final("One.", 500, 900)]
    client = await connect(token, "encoding=linear16&sample_rate=16000&channels=2")
    await client.send(SECOND)
    await client.say("CloseStream")
    await client.send(SECOND)
    assert (await client.hear())["type"] == "Results"
    metadata = await client.hear()
    assert (metadata["type"], metadata["duration"], metadata["channels"]) == ("Metadata", 0.5, 2)
    assert metadata["sha256"] == hashlib.sha256(SECOND).hexdigest()
    assert await client.closed() == 1000


async def test_an_empty_message_is_the_end(connect: Connect, token: str) -> None:
    client = await connect(token)
    await client.send(b"")
    assert (await client.hear())["type"] == "Metadata"
    assert await client.closed() == 1000


async def test_finalize_is_answered(connect: Connect, token: str) -> None:
    client = await connect(token)
    await client.say("Finalize")
    assert (await client.hear())["from_finalize"]


async def test_words_to_expect_may_change(
    connect: Connect, streams: type[FakeStream], user: User, token: str
) -> None:
    user.vocabulary = ["Maren"]
    await database_sync_to_async(user.save)()
    client = await connect(token)
    stream = await opened(streams)
    await client.say("Configure", keyterms=["Kiel", "Lübeck"])
    assert await client.hear() == {
        "type": "ConfigureSuccess",
        "request_id": str(stream.session.id),
        "keyterms": ["Kiel", "Lübeck"],
    }
    assert stream.listens[-1].vocabulary == ("Kiel", "Lübeck", "Maren")
    await client.say("Configure", features={"numerals": True})
    assert "keyterms" not in await client.hear()
    assert len(stream.listens) == 2
    for terms, code in ((["x"] * 101, "KEYTERM_LIMIT_EXCEEDED"), (["x" * 61], "INTERNAL_ERROR")):
        await client.say("Configure", keyterms=terms)
        failure = await client.hear()
        assert (failure["type"], failure["code"]) == ("ConfigureFailure", f"CONFIGURE_{code}")
        assert failure["description"]


async def test_a_message_that_is_not_understood_changes_nothing(connect: Connect, token: str) -> None:
    client = await connect(token)
    await client.send("hello")
    assert (await client.hear())["variant"] == "SchemaError"
    await client.say("Finalize")
    assert (await client.hear())["type"] == "Results"


async def test_silence_without_a_sign_of_life_ends_it(
    connect: Connect, streams: type[FakeStream], token: str, clock: Clock
) -> None:
    client = await connect(token)
    for _ in range(3):
        await client.say("KeepAlive")
        await clock.advance(0.0)
        await clock.advance(0.9 * consumer.SILENT_SECONDS)
    assert not (await opened(streams)).is_closed
    clock.now += consumer.SILENT_SECONDS
    variant, sentence, code = await client.error()
    assert (variant, code) == ("NET-0001", 1011)
    assert "KeepAlive" in sentence
    await client.leave()
    assert streams.opened[0].is_closed


async def test_nobody_is_silent_whose_sound_has_to_wait(
    connect: Connect, streams: type[FakeStream], token: str, clock: Clock
) -> None:
    client = await connect(token)
    stream = await opened(streams)
    stream.may_go_on.clear()
    await client.send(SECOND)
    await clock.advance(0.0)
    await clock.advance(4 * consumer.SILENT_SECONDS)
    stream.may_go_on.set()
    await client.say("CloseStream")
    assert (await client.hear())["type"] == "Metadata"


async def test_leaving_ends_the_session(connect: Connect, streams: type[FakeStream], token: str) -> None:
    client = await connect(token)
    stream = await opened(streams)
    await client.leave()
    assert stream.is_closed


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("encoding=g729&sample_rate=8000", "encoding"),
        ("encoding=linear16", "sample_rate"),
        ("encoding=linear16&sample_rate=4000", "sampling rate"),
        ("encoding=linear16&sample_rate=16000&channels=3", "channels"),
        ("language=xx", "language"),
        ("callback=https://example.org/", "callback"),
        ("keyterm=" + "x" * 61, "Keyterm 1"),
        ("&".join(["keyterm=x"] * 101), "At most 100"),
    ],
)
async def test_what_cannot_be_done_is_said_in_a_sentence(
    connect: Connect, streams: type[FakeStream], token: str, query: str, named: str
) -> None:
    variant, sentence, code = await (await connect(token, query)).error()
    assert (variant, code) == ("Bad Request", 1008)
    assert named in sentence
    assert not streams.opened


async def test_a_language_that_the_model_does_not_know(connect: Connect, token: str) -> None:
    registry = Registry()
    await registry.announce(WorkerState("a", "ready", model="tiny.en", room=1, only_language="en"))
    _variant, sentence, code = await (await connect(token, "language=de")).error()
    assert (sentence, code) == (
        "The speech model of this server knows only this language: English.",
        1008,
    )
    await registry.close()


async def test_no_worker_has_room(connect: Connect, streams: type[FakeStream], token: str) -> None:
    streams.refusal = MessageError("busy", "The server is busy.", retryable=True)
    assert await (await connect(token)).error() == ("BUSY", "The server is busy.", 1011)


@pytest.mark.parametrize("reason", ["limit", "silence", "lost", "server", "deleted"])
async def test_a_session_that_ends_by_itself_says_so(
    connect: Connect, streams: type[FakeStream], token: str, reason: str
) -> None:
    client = await connect(token)
    (await opened(streams)).ended(reason)
    variant, sentence, code = await client.error()
    assert (variant, code) == (f"SESSION_{reason.upper()}", 1011)
    assert sentence


async def test_a_lost_worker_is_told(connect: Connect, streams: type[FakeStream], token: str) -> None:
    client = await connect(token)
    stream = await opened(streams)
    stream.events.put_nowait({"type": "error", "code": "worker_lost", "message": "Connect again."})
    assert await client.error() == ("UNAVAILABLE", "Connect again.", 1011)


async def test_a_browser_sends_its_token_as_a_subprotocol(
    connect: Connect, streams: type[FakeStream], token: str
) -> None:
    await connect("", offered=("token", token, "x-deepgram-session-id", "1234"))
    assert await opened(streams)


@pytest.mark.parametrize("sent", ["wsp_abc", "wsp_" + "a" * 42])
async def test_a_wrong_token_opens_nothing(connect: Connect, streams: type[FakeStream], sent: str) -> None:
    with pytest.raises(ConnectionRefusedError):
        await connect(sent)
    assert not streams.opened


async def test_a_token_for_something_else_is_told_so(connect: Connect, user: User) -> None:
    text = await database_sync_to_async(token_of)(user, Scope.READ)
    variant, sentence, code = await (await connect(text)).error()
    assert (variant, code) == ("INSUFFICIENT_PERMISSIONS", 1008)
    assert "Dictate live" in sentence


async def test_a_token_that_is_revoked_closes_the_socket(
    connect: Connect, streams: type[FakeStream], user: User, token: str
) -> None:
    client = await connect(token)
    await opened(streams)
    await database_sync_to_async(issuing.revoke)(user.api_tokens.all(), timezone.now())
    variant, sentence, code = await client.error()
    assert (variant, code) == ("INVALID_AUTH", 1008)
    assert "revoked" in sentence


async def test_each_token_speaks_for_its_account(
    connect: Connect, streams: type[FakeStream], user: User
) -> None:
    make = database_sync_to_async(token_of)
    await connect(await make(user, Scope.LIVE, keep_history=True))
    await opened(streams)
    other = await database_sync_to_async(User.objects.create_user)("other", password="a long password")
    await connect(await make(other, Scope.LIVE, keep_history=False))
    await opened(streams, 2)
    assert [(each.token.user_id, each.kept) for each in streams.opened] == [
        (user.pk, True),
        (other.pk, False),
    ]


async def test_a_restart_waits_for_the_last_words(
    connect: Connect, streams: type[FakeStream], token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams.finals = [final("One.", 0, 900)]
    client = await connect(token)
    await opened(streams)
    monkeypatch.setattr(draining, "started", lambda: True)
    assert (await client.hear())["type"] == "Results"
    assert (await client.hear())["type"] == "Metadata"
    assert await client.closed() == 1012


async def test_flux_is_not_here(connect: Connect, token: str) -> None:
    variant, sentence, code = await (await connect(token, path="/v2/listen")).error()
    assert (variant, code) == ("NOT_FOUND", 1008)
    assert "/v1/listen" in sentence


async def test_what_comes_before_the_session_is_open_is_not_lost(
    connect: Connect, streams: type[FakeStream], token: str
) -> None:
    client: Client = await connect(token)
    await client.say("KeepAlive")
    await client.send(SECOND)
    await heard(await opened(streams), 16_000)


async def test_a_failure_is_told_without_its_reason(
    connect: Connect, streams: type[FakeStream], token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("secret")

    client = await connect(token)
    monkeypatch.setattr(await opened(streams), "flush", fail)
    await client.say("Finalize")
    variant, sentence, code = await client.error()
    assert (variant, code) == ("FAILED", 1011)
    assert "secret" not in sentence
