"""The process: it takes outputs, shares them with others of its kind, and leaves them when it stops or dies."""

import asyncio
from typing import Any

import pytest
from channels.db import database_sync_to_async
from pytest_django.fixtures import Settings
from redis import RedisError

from captions.core.cancellation import cancel_and_wait
from captions.models import CaptionOutput, Session
from captions.outputs import youtube
from captions.outputs.service import OutputService
from tests.factories import make_utterance
from tests.outputs.conftest import LOCAL, add_output, recorded
from tests.outputs.fake import FakeService
from tests.webrtc.support import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quick(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.HEARTBEAT_SECONDS, settings.HEARTBEAT_LOST_SECONDS = 0.1, 0.5
    monkeypatch.setattr("captions.outputs.delivery._LOOK_SECONDS", 0.1)
    monkeypatch.setattr(youtube, "BEAT_SECONDS", None)


class Process:
    """One `manage.py outputs`, within this one."""

    def __init__(self, layer: Any, name: str) -> None:
        self.service = OutputService(layer, name=name, allowed=LOCAL, drain_seconds=5)
        self.task = asyncio.create_task(self.service.run())

    async def stop(self) -> None:
        self.service.stop()
        await asyncio.wait_for(self.task, 60)

    async def kill(self) -> None:
        """Ends it without anything that it would do at its end."""
        for task in self.service._tasks.values():
            await cancel_and_wait([task])
        self.service._tasks.clear()
        self.service._deliveries.clear()
        await cancel_and_wait([self.task])


async def say(session: Session, text: str) -> None:
    await database_sync_to_async(make_utterance)(session, text, start_ms=session.last_seq * 1_000)


async def test_an_output_that_is_added_is_served(session: Session, service: FakeService, layer: Any) -> None:
    process = Process(layer, "a")
    await asyncio.sleep(0.3)
    await database_sync_to_async(add_output)(session, service.url)
    await database_sync_to_async(add_output)(session, service.zoom_url)
    await say(session, "One.")
    await until(lambda: service.texts == ["One.", "One."])
    await process.stop()


async def test_of_two_processes_one_sends_and_the_other_goes_on_when_it_stops(
    session: Session, output: CaptionOutput, service: FakeService, layer: Any
) -> None:
    first = Process(layer, "a")
    await until(lambda: bool(first.service._tasks))
    second = Process(layer, "b")
    for number in range(3):
        await say(session, f"Number {number}.")
        await until(lambda: len(service.posts) == number + 1)  # noqa: B023
        await asyncio.sleep(0.3)
    assert not second.service._tasks
    await first.stop()
    await say(session, "Number 3.")
    await until(lambda: len(service.posts) == 4)
    await second.stop()
    assert service.texts == [f"Number {number}." for number in range(4)]
    assert [post.number for post in service.posts] == [1, 2, 3, 4]


async def test_another_process_goes_on_after_a_kill(
    session: Session, output: CaptionOutput, service: FakeService, layer: Any
) -> None:
    first = Process(layer, "a")
    await until(lambda: bool(first.service._tasks))
    second = Process(layer, "b")
    await say(session, "One.")
    await recorded(output, 1)
    await first.kill()
    await say(session, "Two.")
    await until(lambda: len(service.posts) == 2)
    await second.stop()
    assert [(post.number, post.text) for post in service.posts] == [(1, "One."), (2, "Two.")]


async def test_who_lost_its_hold_sends_no_more(
    session: Session, output: CaptionOutput, service: FakeService, layer: Any
) -> None:
    process = Process(layer, "a")
    await until(lambda: bool(process.service._tasks))
    await process.service._redis.set(f"whisperstream:output:{output.pk}", "b")
    await until(lambda: not process.service._tasks)
    await say(session, "One.")
    await asyncio.sleep(0.3)
    assert service.posts == []
    await process.stop()


async def test_it_survives_an_outage_of_the_stores(
    session: Session, output: CaptionOutput, service: FakeService, layer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process(layer, "a")
    await until(lambda: bool(process.service._tasks))

    async def away(name: str, holder: str) -> bool:
        raise RedisError

    with monkeypatch.context() as patch:
        patch.setattr(process.service._holds, "hold", away)
        await say(session, "One.")
        await until(lambda: len(service.posts) == 1)
        await asyncio.sleep(0.3)
        assert not process.task.done()
    await say(session, "Two.")
    await until(lambda: len(service.posts) == 2)
    await process.stop()


async def test_a_bug_in_one_delivery_ends_no_other(
    session: Session, output: CaptionOutput, service: FakeService, layer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database_sync_to_async(add_output)(session, service.zoom_url)
    await say(session, "One.")
    await say(session, "Two.")
    with monkeypatch.context() as patch:
        patch.setattr("captions.outputs.zoom.post_url", lambda *asked: 1 / 0)
        process = Process(layer, "a")
        await until(lambda: len(service.posts) == 2)
        assert all("cid=" in post.target for post in service.posts)
    await until(lambda: len(service.posts) == 4)
    await process.stop()


async def test_sigterm_sends_what_is_saved_and_lets_go(
    session: Session, output: CaptionOutput, service: FakeService, layer: Any
) -> None:
    service.delay = 0.2
    process = Process(layer, "a")
    for text in ("One.", "Two.", "Three."):
        await say(session, text)
    await until(lambda: len(service.posts) == 1)
    await process.stop()
    assert service.texts == ["One.", "Two.", "Three."]
    await output.arefresh_from_db()
    assert output.sent_seq == 3
    again = Process(layer, "b")
    await until(lambda: bool(again.service._tasks), 2)
    await again.stop()
    assert len(service.posts) == 3
