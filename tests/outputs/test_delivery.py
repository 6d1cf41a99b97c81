"""One output, from saved rows to a service that answers well, badly, late or not at all."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone
from structlog.testing import capture_logs

from captions.core.cancellation import cancel_and_wait
from captions.core.sending import Sender
from captions.models import CaptionOutput, Session
from captions.outputs import delivery as module
from captions.outputs import pacing, youtube
from captions.outputs.delivery import Delivery
from captions.protocol.commands import group
from tests.factories import make_utterance
from tests.outputs.conftest import LOCAL, add_output, recorded
from tests.outputs.fake import FakeService
from tests.webrtc.support import until

pytestmark = pytest.mark.django_db(transaction=True)

Deliver = Callable[..., AbstractAsyncContextManager[Delivery]]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "_FIRST_RETRY_SECONDS", 0.01)
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.1)
    monkeypatch.setattr(youtube, "BEAT_SECONDS", None)


@pytest.fixture
def zoom_output(session: Session, service: FakeService) -> CaptionOutput:
    return add_output(session, service.zoom_url)


@pytest.fixture
def deliver(layer: Any) -> Deliver:
    @asynccontextmanager
    async def deliver(output: CaptionOutput, **times: Any) -> AsyncIterator[Delivery]:
        sender = Sender(LOCAL, seconds=0.5)
        delivery = Delivery(
            output.pk, str(output.session_id), output.kind, layer=layer, sender=sender, **times
        )
        task = asyncio.create_task(delivery.run())
        try:
            yield delivery
            assert not task.done() or task.exception() is None
        finally:
            await cancel_and_wait([task])

    return deliver


async def say(session: Session, *texts: str) -> None:
    for text in texts:
        await database_sync_to_async(make_utterance)(session, text, start_ms=session.last_seq * 100)


async def test_sentences_arrive_in_order_with_their_numbers(
    session: Session, output: CaptionOutput, service: FakeService, deliver: Deliver
) -> None:
    await say(session, "One.", "Two.")
    async with deliver(output):
        await until(lambda: len(service.posts) == 2)
        await say(session, "Three.")
        await recorded(output, 3)
    assert service.texts == ["One.", "Two.", "Three."]
    assert [post.number for post in service.posts] == [1, 2, 3]
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\n", post.body) for post in service.posts)
    assert (output.sent_seq, output.next_number, output.problem) == (3, 4, "")
    assert output.sent_at == output.answered_at


async def test_an_event_wakes_it_at_once(
    session: Session,
    output: CaptionOutput,
    service: FakeService,
    deliver: Deliver,
    layer: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_LOOK_SECONDS", 60)
    await say(session, "One.")
    async with deliver(output):
        await until(lambda: len(service.posts) == 1)
        # Joins the group, looks once more, and then waits for an event.
        await asyncio.sleep(0.3)
        for number, event in enumerate(
            (
                {"type": "session.event", "payload": {"type": "final", "seq": 2}},
                {"type": "session.heartbeat", "worker": "w", "last_seq": 3},
            ),
            start=2,
        ):
            await say(session, f"Number {number}.")
            await layer.group_send(group(str(session.pk)), event)
            await until(lambda: len(service.posts) == number, 5)  # noqa: B023


async def test_zoom_is_asked_for_its_number_and_told_the_language(
    session: Session, zoom_output: CaptionOutput, service: FakeService, deliver: Deliver
) -> None:
    service.answer = lambda asked: (200, b"41" if asked.method == "GET" else b"")
    await say(session, "One.", "Two.")
    async with deliver(zoom_output):
        await until(lambda: len(service.posts) == 2)
    assert [(post.number, post.body) for post in service.posts] == [(42, "One."), (43, "Two.")]
    assert all(post.target.endswith("&lang=en-US") for post in service.posts)
    assert [asked.method for asked in service.asked] == ["GET", "POST", "POST"]


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503, 307])
async def test_a_refused_post_is_repeated_with_its_number(
    session: Session,
    output: CaptionOutput,
    service: FakeService,
    deliver: Deliver,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    monkeypatch.setattr(pacing, "_LONGEST_RETRY_SECONDS", 0.05)
    service.answer = lambda asked: (status, b"")
    await say(session, "One.", "Two.")
    async with deliver(output):
        await until(lambda: len(service.posts) >= 3)
        await output.arefresh_from_db()
        assert output.shown_problem.startswith("YouTube ")
        assert output.sent_seq == 0
        service.answer = lambda asked: (200, b"")
        service.asked.clear()
        await recorded(output, 2)
    assert [(post.number, post.text) for post in service.posts] == [(1, "One."), (2, "Two.")]
    assert output.problem == ""


async def test_a_post_without_an_answer_is_repeated_with_its_number(
    session: Session, zoom_output: CaptionOutput, service: FakeService, deliver: Deliver
) -> None:
    """It may have arrived: then the service knows its number."""
    service.answer = lambda asked: (200, b"7" if asked.method == "GET" else b"")
    await say(session, "One.", "Two.")
    async with deliver(zoom_output):
        await recorded(zoom_output, 9)
        service.delay = 1.0
        await say(session, "Three.")
        await until(lambda: len(service.posts) >= 4)
        await zoom_output.arefresh_from_db()
        assert zoom_output.problem.startswith("The service cannot be reached.")
        service.delay = 0.0
        await say(session, "Four.")
        await until(lambda: service.texts[-1] == "Four.")
    assert [post.number for post in service.posts if post.text == "Three."] == [10] * (len(service.posts) - 3)
    assert service.posts[-1].number == 11
    assert len([asked for asked in service.asked if asked.method == "GET"]) == 1


async def test_a_restart_loses_nothing_and_doubles_nothing_but_one_post_under_its_number(
    session: Session, output: CaptionOutput, service: FakeService, deliver: Deliver
) -> None:
    long = " ".join(f"word{number:02}" for number in range(30))
    await say(session, "One.", long, "Three.")
    kills = 0
    while "Three." not in service.texts:
        count = len(service.posts)
        # Every other run is killed, as by kill -9, before it has an answer.
        service.delay = 0.0 if kills % 2 else 0.3
        async with deliver(output):
            await until(lambda: len(service.posts) > count + kills % 2 or "Three." in service.texts)  # noqa: B023
        kills += 1
    posts = {post.number: post.text.replace("<br>", " ") for post in service.posts}
    assert list(posts) == list(range(1, len(posts) + 1))
    assert " ".join(posts.values()) == f"One. {long} Three."
    assert all(post.text.replace("<br>", " ") == posts[post.number] for post in service.posts)
    assert 0 < len(service.posts) - len(posts) <= kills, "each kill repeats one post at most"


async def test_signs_of_life_have_numbers_and_end_with_the_dictation(
    session: Session,
    output: CaptionOutput,
    service: FakeService,
    deliver: Deliver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(youtube, "BEAT_SECONDS", 0.1)
    async with deliver(output):
        await until(lambda: len(service.beats) >= 2)
        await output.arefresh_from_db()
        assert output.answered_at is not None
        assert output.sent_at is None
        await say(session, "One.")
        await until(lambda: len(service.beats) >= 5 and len(service.posts) == 1)
        assert [asked.number for asked in service.asked][:6] == [1, 2, 3, 4, 5, 6]
        await Session.objects.aupdate(ended_at=timezone.now())
        await asyncio.sleep(0.3)
        count = len(service.asked)
        await asyncio.sleep(0.5)
        assert len(service.asked) == count


async def test_no_sign_of_life_is_sent_before_its_time(
    output: CaptionOutput, service: FakeService, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(youtube, "BEAT_SECONDS", 5.0)
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.02)
    now = [100.0]
    async with deliver(output, clock=lambda: now[0]):
        for now[0], count in ((100.0, 1), (104.9, 1), (105.0, 2), (109.9, 2), (110.0, 3)):
            # Once its number is recorded, the answer has been taken by this clock.
            await recorded(output, count)
            await asyncio.sleep(0.2)
            assert len(service.beats) == count


async def test_times_follow_the_clock_of_the_service(
    session: Session, output: CaptionOutput, service: FakeService, deliver: Deliver
) -> None:
    def ahead(asked: Any) -> tuple[int, bytes]:
        now = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=1)
        return 200, now.isoformat(timespec="milliseconds").encode()

    service.answer = ahead
    await say(session, "One.", "Two.")
    async with deliver(output):
        await until(lambda: len(service.posts) == 2)
    first, second = (
        datetime.fromisoformat(post.body.partition("\n")[0]).replace(tzinfo=UTC) for post in service.posts
    )
    now = datetime.now(UTC)
    assert abs(first - now) < timedelta(minutes=1)
    assert abs(second - timedelta(hours=1) - now) < timedelta(minutes=1)


@pytest.mark.parametrize("how", ["removed", "trashed"])
async def test_it_ends_when_nothing_is_to_be_sent_any_more(
    session: Session, output: CaptionOutput, deliver: Deliver, layer: Any, how: str
) -> None:
    delivery = Delivery(output.pk, str(session.pk), output.kind, layer=layer, sender=Sender(LOCAL))
    running = asyncio.create_task(delivery.run())
    await asyncio.sleep(0.2)
    assert not running.done()
    if how == "removed":
        await CaptionOutput.objects.all().adelete()
    else:
        await Session.objects.aupdate(trashed_at=timezone.now())
    await asyncio.wait_for(running, 60)


async def test_asked_to_stop_it_sends_what_is_saved(
    session: Session, output: CaptionOutput, service: FakeService, layer: Any
) -> None:
    await say(session, "One.", "Two.", "Three.")
    service.delay = 0.1
    delivery = Delivery(output.pk, str(session.pk), output.kind, layer=layer, sender=Sender(LOCAL))
    running = asyncio.create_task(delivery.run())
    await until(lambda: len(service.posts) == 1)
    delivery.stop()
    await asyncio.wait_for(running, 60)
    assert service.texts == ["One.", "Two.", "Three."]


async def test_an_address_under_a_lost_key_says_so(
    session: Session, output: CaptionOutput, service: FakeService, deliver: Deliver, settings: Any
) -> None:
    settings.SECRET_KEY = "another key"
    await say(session, "One.")
    async with deliver(output):
        for _ in range(500):
            await output.arefresh_from_db()
            if output.problem:
                break
            await asyncio.sleep(0.01)
    assert "key of this server was changed" in output.problem
    assert service.asked == []


async def test_logs_hold_neither_address_nor_words(
    session: Session,
    output: CaptionOutput,
    service: FakeService,
    deliver: Deliver,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pacing, "_LONGEST_RETRY_SECONDS", 0.02)
    answers = iter([(403, b""), (500, b""), (200, b"")])
    service.answer = lambda asked: next(answers)
    await say(session, "A secret sentence.")
    caplog.set_level(logging.INFO)
    with capture_logs() as logs:
        async with deliver(output):
            await until(lambda: len(service.posts) == 3)
            await asyncio.sleep(0.1)
    assert [entry["event"] for entry in logs if entry["event"].startswith("captions_")] == [
        "captions_not_sent",
        "captions_not_sent",
        "captions_sent_again",
    ]
    for text in (str(logs), caplog.text):
        assert "secret" not in text
