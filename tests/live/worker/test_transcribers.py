"""A microphone and shared sound, each with its own text, on one clock."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from captions.live.worker.transcriber import Transcriber, queue_name
from captions.live.worker.transcribers import Save, Transcribers
from captions.speech.listener import Listener
from captions.speech.types import SAMPLES_PER_MS, Hypothesis
from captions.speech.vad import WINDOW
from captions.transcripts.final_writer import FinalRecord

from .scene import SESSION, WORD, PlainVad, Reader


class Two(Reader):
    """Reads for both sources of the session."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    async def decode(self, session: str, audio: Any, task: Any, *, urgent: bool = False) -> Hypothesis | None:
        self.names.add(session)
        return await super().decode(SESSION, audio, task, urgent=urgent)


class Meeting:
    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.records: list[FinalRecord] = []
        self.recogniser = Two()
        self.both = Transcribers(self._make, self._save, start_sample=0, last_seq=0)

    def _make(self, shared: bool, start_sample: int, last_seq: int, save: Save) -> Transcriber:
        return Transcriber(
            SESSION,
            language="",
            last_seq=last_seq,
            listener=Listener(PlainVad(), start_sample=start_sample),  # type: ignore[arg-type]
            recogniser=self.recogniser,
            publish=self.told.append,
            save=save,
            shared=shared,
        )

    def _save(self, record: FinalRecord) -> None:
        self.records.append(record)
        self.both.saved(record, len(self.records))

    async def hear(self, windows: int, own: int, shared: int | None = None) -> None:
        for _ in range(windows):
            other = None if shared is None else np.full(WINDOW, shared, np.int16)
            self.both.push(np.full(WINDOW, own, np.int16), other)
            for _ in range(3):
                await asyncio.sleep(0)

    async def end(self) -> None:
        self.both.flush()
        assert await self.both.drained(5)

    def texts(self, *, shared: bool) -> list[str]:
        return [record.text for record in self.records if record.shared == shared]


@pytest.fixture
async def meeting() -> AsyncIterator[Meeting]:
    made = Meeting()
    yield made
    await made.both.close()


async def test_each_source_has_its_own_sentences_at_its_own_times(meeting: Meeting) -> None:
    for own, other in ((1, 0), (2, 0), (0, 11), (3, 12), (0, 13)):
        await meeting.hear(WORD, own, other)
    await meeting.hear(70, 0, 0)
    await meeting.end()
    assert meeting.texts(shared=False) == ["W1 W2 W3"]
    assert meeting.texts(shared=True) == ["W11 W12 W13"]
    starts = {record.shared: record.start_ms for record in meeting.records}
    assert starts == {False: 0, True: 2 * WORD * WINDOW // SAMPLES_PER_MS}
    finals = [message for message in meeting.told if message["type"] == "final"]
    assert {message["text"]: message.get("shared", False) for message in finals} == {
        "W1 W2 W3": False,
        "W11 W12 W13": True,
    }
    assert all(message.get("shared") for message in meeting.told if "W11" in message.get("tentative", ""))
    # The recogniser queues the two apart: it drops the older of two decodes that wait under one name.
    assert meeting.recogniser.names == {SESSION, queue_name(SESSION, shared=True)}


async def test_sharing_may_begin_end_and_begin_again_on_the_clock_of_the_session(meeting: Meeting) -> None:
    await meeting.hear(WORD, 1)
    await meeting.hear(WORD, 2, 11)
    # It ends in the middle of a sentence.
    await meeting.hear(70, 0)
    await meeting.hear(WORD, 3, 12)
    meeting.both.skip(16_000)
    await meeting.hear(WORD, 0, 13)
    await meeting.end()
    assert meeting.texts(shared=True) == ["W11", "W12", "W13"]
    window = WINDOW // SAMPLES_PER_MS
    starts = [record.start_ms for record in meeting.records if record.shared]
    assert starts == [WORD * window, (2 * WORD + 70) * window, (3 * WORD + 70) * window + 1_000]
    assert meeting.both.clock_ms == (4 * WORD + 70) * window + 1_000


async def test_nothing_is_settled_before_it_is_settled_in_both(meeting: Meeting) -> None:
    meeting.recogniser.marks = {1: ".", 2: "."}
    await meeting.hear(4, 0, 11)
    for own in (1, 2, 3):
        await meeting.hear(WORD, own, 11)
    await meeting.hear(80, 0, 11)
    # The shared sentence, which began first, is still being spoken.
    assert meeting.texts(shared=False)
    assert not meeting.texts(shared=True)
    assert all(record.settled_ms == 0 for record in meeting.records)
    assert meeting.both.settled_ms == 0
    await meeting.end()
    assert meeting.both.settled_ms is not None
    assert meeting.both.settled_ms > 0


async def test_a_short_hole_is_silence_in_both(meeting: Meeting) -> None:
    await meeting.hear(WORD, 1, 11)
    meeting.both.push_silence(1_600)
    await meeting.hear(WORD, 2, 12)
    await meeting.end()
    assert meeting.texts(shared=False) == ["W1 W2"]
    assert meeting.texts(shared=True) == ["W11 W12"]
