"""Sound on its way while somebody speaks, before a Realtime service that behaves badly."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.conf import settings

from captions.asr.engine.base import EngineError, Task
from captions.asr.engine.openai.circuit import Circuit
from captions.asr.engine.realtime import stream as streaming
from captions.asr.engine.realtime.socket_line import SocketLine
from captions.asr.engine.realtime.stream import Stream, Streams, streams_of
from tests.asr.engine.realtime.fake import Call, FakeRealtime, said

SECOND = np.ones(16_000, np.int16)
TASK = Task("final", "en")

Open = Callable[..., Stream]


@pytest.fixture
async def opened(service: FakeRealtime) -> AsyncIterator[Open]:
    made: list[Stream] = []

    def open_(task: Task = TASK, **options: Any) -> Stream:
        stream = streams_of(service.service(**options)).open(task)
        assert stream is not None
        made.append(stream)
        return stream

    yield open_
    for each in made:
        await each.close()


async def until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_words_come_before_the_commit(service: FakeRealtime, opened: Open) -> None:
    service.on_append = lambda call: call.delta(f" {len(call.of('input_audio_buffer.append'))}", "item_1")
    service.answers = [said("First."), said("Second.")]
    stream = opened()
    stream.push(SECOND)
    await until(lambda: stream.draft == "1 2 3 4 5 6 7 8 9 10")
    assert service.commits == 0
    assert (await stream.commit()).text == "First."
    assert stream.draft == ""
    stream.push(SECOND)
    assert (await stream.commit()).text == "Second."
    assert stream.take_sent_ms() == 2_000
    assert stream.take_sent_ms() == 0
    assert len(service.handshakes) == 1
    assert service.handshakes[0].headers["X-WhisperStream-Hops"] == "1"


async def test_what_is_said_after_a_commit_is_the_next_item(service: FakeRealtime, opened: Open) -> None:
    def answer(call: Call) -> None:
        item = call.committed()
        call.delta("Next", "item_2")
        call.completed("First.", item)

    service.answers = [answer]
    stream = opened()
    stream.push(SECOND)
    assert (await stream.commit()).text == "First."
    assert stream.draft == "Next"


async def test_what_is_wished_may_change(service: FakeRealtime, opened: Open) -> None:
    stream = opened()
    stream.push(SECOND)
    await stream.commit()
    stream.adapt(streams_of(service.service()).wish(replace(TASK, language="de")))
    stream.push(SECOND)
    await stream.commit()
    kinds = [each["type"] for each in service.calls[0].events]
    assert kinds.count("session.update") == 2
    assert kinds.index("input_audio_buffer.commit") < len(kinds) - 1 - kinds[::-1].index("session.update")


async def test_too_little_for_a_commit_is_made_enough(service: FakeRealtime, opened: Open) -> None:
    stream = opened()
    stream.push(SECOND[:160])
    await stream.commit()
    assert len(service.calls[0].sound) >= 2 * 24 * 100


async def lost(stream: Stream) -> EngineError:
    with pytest.raises(EngineError) as error:
        await stream.commit()
    assert "sk-" not in repr(error.value)
    assert stream.lost is error.value
    return error.value


async def test_a_line_that_breaks(service: FakeRealtime, opened: Open) -> None:
    service.on_append = lambda call: call.socket.close(1012)
    stream = opened()
    stream.push(SECOND)
    await until(lambda: stream.lost)
    assert (await lost(stream)).retryable


async def test_a_line_that_breaks_while_the_text_is_waited_for(service: FakeRealtime, opened: Open) -> None:
    service.answers = [lambda call: call.socket.close(1012)]
    stream = opened()
    stream.push(SECOND)
    assert (await lost(stream)).retryable


@pytest.mark.parametrize(("status", "retryable"), [(401, False), (429, True), (503, True)])
async def test_a_handshake_that_is_refused(
    service: FakeRealtime, opened: Open, status: int, retryable: bool
) -> None:
    service.statuses = [(status, "")]
    stream = opened()
    stream.push(SECOND)
    assert (await lost(stream)).retryable is retryable


async def test_an_error_is_the_end(service: FakeRealtime, opened: Open) -> None:
    service.answers = [lambda call: call.error("too_many_hops")]
    stream = opened()
    stream.push(SECOND)
    assert not (await lost(stream)).retryable


async def test_a_service_that_does_not_answer(
    service: FakeRealtime, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "FIRST_BYTE_SECONDS", -0.7)
    service.answers = [lambda call: None]
    stream = opened()
    stream.push(SECOND)
    with pytest.raises(EngineError):
        await stream.commit()


async def test_sound_that_is_not_taken_does_not_pile_up(service: FakeRealtime, opened: Open) -> None:
    service.on_begin = lambda call: None
    stream = opened()
    for _ in range(12):
        stream.push(SECOND)
    assert stream.lost is None
    stream.push(SECOND)
    assert stream.lost is not None


async def test_no_more_than_a_day_may_cost(service: FakeRealtime, opened: Open) -> None:
    stream = opened(seconds_per_day=2, valkey_url=settings.REDIS_URL)
    for _ in range(3):
        stream.push(SECOND)
    assert "REMOTE_SECONDS_PER_DAY" in str(await lost(stream))
    assert stream.take_sent_ms() == 2_000


async def test_a_service_that_fails_is_left_alone(service: FakeRealtime) -> None:
    now = 0.0
    streams = Streams(service.service(), SocketLine.open, circuit=Circuit(failures=2), now=lambda: now)
    for _ in range(2):
        streams.failed(EngineError("no", retryable=True))
    assert streams.open(TASK) is None
    now = 31.0
    stream = streams.open(TASK)
    assert stream is not None
    with suppress(EngineError):
        await stream.close()


async def test_a_service_that_wants_to_know_less_is_told_less(service: FakeRealtime) -> None:
    def update(call: Call, event: dict[str, Any]) -> None:
        if "keywords" in event["session"]["audio"]["input"]["transcription"]:
            call.error("invalid_value")
        else:
            call.updated(event)

    service.on_update = update
    streams = streams_of(service.service())
    task = replace(TASK, hotwords=("Valkey",))
    first = streams.open(task)
    assert first is not None
    first.push(SECOND)
    streams.failed(await lost(first))
    second = streams.open(task)
    assert second is not None
    second.push(SECOND)
    assert (await second.commit()).text == "One two."
    await first.close()
    await second.close()
