"""Finals in other languages are translated, when the recogniser has time."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from captions import metrics
from captions.asr.engine.base import EngineError, Task
from captions.live.worker.translator import Translator
from captions.speech.ring import RingError
from captions.speech.types import SAMPLE_RATE, Hypothesis, Word
from captions.transcripts.final_writer import FinalRecord, SessionUpdate
from tests.speech_data import Pcm

SESSION = str(uuid.uuid4())


def final(*, language: str = "de", seconds: int = 2) -> FinalRecord:
    """A sentence of one word a second, with a pause in its middle."""
    times = (at * 1000 + (500 if at >= seconds / 2 else 0) for at in range(seconds))
    words = tuple(Word(at, at + 900, " Wort", 0.9) for at in times)
    text = "".join(word.text for word in words).strip()
    return FinalRecord(uuid.UUID(SESSION), uuid.uuid4(), 0, words[-1].end_ms, text, words, 0.9, language)


def english(text: str, *, compression_ratio: float = 1.0) -> Hypothesis:
    return Hypothesis((Word(0, 900, f" {text}", 0.9),), "de", 1.0, 0.0, -0.1, compression_ratio)


class Interpreter:
    """A recogniser that answers once it may."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, Task]] = []
        self.answers: list[Hypothesis | EngineError | None] = []
        self.patient: set[str] = set()
        self.go = asyncio.Event()
        self.go.set()

    async def decode(
        self, session: str, audio: Pcm, task: Task, *, urgent: bool = False
    ) -> Hypothesis | None:
        assert session in self.patient
        assert session != SESSION, "in that queue it would take the place of live text"
        assert not urgent
        self.asked.append((audio.size, task))
        await self.go.wait()
        answer = self.answers.pop(0) if self.answers else english(f"Sentence {len(self.asked)}.")
        if isinstance(answer, EngineError):
            raise answer
        return answer

    def be_patient(self, session: str, patient: bool) -> None:
        assert patient
        self.patient.add(session)

    def drop(self, session: str) -> None:
        self.patient.remove(session)


class Scene:
    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.updates: list[SessionUpdate] = []
        self.recogniser = Interpreter()
        self.translator = Translator(
            SESSION, recogniser=self.recogniser, publish=self.told.append, touch=self.updates.append
        )
        self.translator.is_on = True
        self._seq = 0

    def take(self, record: FinalRecord, sound: Any = None) -> FinalRecord:
        self._seq += 1
        self.translator.take(record, self._seq, sound or silence)
        return record

    @property
    def translated(self) -> list[tuple[int, str]]:
        return [(message["seq"], message["translation"]) for message in self.told]


def silence(start_ms: int, end_ms: int) -> Pcm:
    return np.zeros((end_ms - start_ms) * SAMPLE_RATE // 1000, np.int16)


def left_out() -> float:
    value: float = metrics.DROPS.labels("translation")._value.get()
    return value


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    made = Scene()
    yield made
    await made.translator.close()
    assert not made.recogniser.patient


async def test_a_final_comes_again_with_its_translation(scene: Scene) -> None:
    record = scene.take(final())
    await scene.translator.finish(5)
    assert scene.told == [{**record.message(1), "translation": "Sentence 1."}]
    (update,) = scene.updates
    assert [(each.key, each.text) for each in update.translations] == [(record.key, "Sentence 1.")]
    assert (update.clock_ms, update.ended_at, update.settled_ms) == (None, None, None)
    ((size, task),) = scene.recogniser.asked
    assert size == 2_400 * 16
    assert (task.kind, task.language, task.translate) == ("final", "de", True)


@pytest.mark.parametrize("record", [final(language="en"), final(language=""), replace(final(), words=())])
async def test_what_needs_no_translation_is_not_translated(scene: Scene, record: FinalRecord) -> None:
    scene.take(record)
    await scene.translator.finish(5)
    assert scene.recogniser.asked == []


async def test_nothing_is_translated_unless_it_is_wanted(scene: Scene) -> None:
    scene.translator.is_on = False
    scene.take(final())
    await scene.translator.finish(5)
    assert scene.recogniser.asked == []


async def test_one_after_the_other_and_of_many_the_newest(scene: Scene) -> None:
    before = left_out()
    scene.recogniser.go.clear()
    for _ in range(11):
        scene.take(final())
        await asyncio.sleep(0)
    assert len(scene.recogniser.asked) == 1
    scene.recogniser.go.set()
    await scene.translator.finish(5)
    # The first one was being translated already.
    assert [seq for seq, _ in scene.translated] == [1, 4, 5, 6, 7, 8, 9, 10, 11]
    assert left_out() - before == 2


async def test_one_that_fails_or_loops_stays_without_and_the_next_is_translated(scene: Scene) -> None:
    scene.recogniser.answers = [
        EngineError("The model cannot decode."),
        english("and and and", compression_ratio=9.0),
        None,
        english("Well."),
    ]
    for _ in range(4):
        scene.take(final())
    await scene.translator.finish(5)
    assert scene.translated == [(4, "Well.")]
    assert len(scene.updates) == 1


async def test_a_sentence_that_is_too_long_for_the_model_is_translated_in_parts(scene: Scene) -> None:
    scene.take(final(seconds=50))
    await scene.translator.finish(5)
    assert scene.translated == [(1, "Sentence 1. Sentence 2.")]
    assert all(size <= 30 * SAMPLE_RATE for size, _ in scene.recogniser.asked)


async def test_sound_that_is_no_longer_in_memory_is_not_translated(scene: Scene) -> None:
    def gone(start_ms: int, end_ms: int) -> Pcm:
        raise RingError

    before = left_out()
    scene.take(final(), gone)
    scene.take(final())
    await scene.translator.finish(5)
    assert scene.translated == [(2, "Sentence 1.")]
    assert left_out() - before == 1


async def test_the_end_waits_no_longer_than_it_may(scene: Scene) -> None:
    scene.recogniser.go.clear()
    scene.take(final())
    scene.take(final())
    await scene.translator.finish(0.05)
    assert scene.told == []
    scene.recogniser.go.set()
    scene.take(final())
    await asyncio.sleep(0)
    assert len(scene.recogniser.asked) == 1
