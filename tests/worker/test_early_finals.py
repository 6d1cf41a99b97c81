"""Finals that are decoded when silence begins: used when the utterance is over, thrown away when speech resumes."""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from prometheus_client import REGISTRY

from captions.engines.base import EngineError, Task
from captions.recogniser.calls import Calls
from captions.speech.context import Context
from captions.speech.endpointing import EndpointSettings
from captions.speech.listener import Listener
from captions.speech.sentences import SentenceEnds
from captions.speech.speculation import Speculation
from captions.speech.types import SILENCE, Hypothesis, Word
from captions.speech.vad import WINDOW, Probabilities
from captions.transcripts.recording import FinalRecord
from captions.worker.transcriber import Transcriber
from tests.audio import Pcm

SESSION = str(uuid.uuid4())
FRAME = 320
WORD = 6
"""Windows in a word of these tests, each sample of which is the word's number."""


class PlainVad:
    """Hears speech in every window that is not silent."""

    def stream(self) -> "PlainVad":
        return self

    def __init__(self) -> None:
        self._tail = np.zeros(0, np.int16)

    @property
    def pending(self) -> int:
        return self._tail.size

    def reset(self) -> None:
        self._tail = np.zeros(0, np.int16)

    def push(self, samples: Pcm) -> Probabilities:
        sound = np.concatenate([self._tail, samples])
        count = sound.size // WINDOW
        self._tail = sound[count * WINDOW :]
        voiced = sound[: count * WINDOW].reshape(-1, WINDOW).any(axis=1)
        return np.where(voiced, 0.9, 0.05).astype(np.float32)


def read(audio: npt.NDArray[np.int16], marks: dict[int, str]) -> Hypothesis:
    """The words that the numbers in a sound spell."""
    at = np.flatnonzero(np.diff(audio, prepend=0) * (audio != 0))
    words = tuple(
        Word(int(i) // 16, int(i) // 16 + 150, f" w{audio[i]}{marks.get(int(audio[i]), '')}", 0.9) for i in at
    )
    return Hypothesis(words, "en", 0.9, 0.0, -0.1, 1.0) if words else SILENCE


class QueueRecogniser:
    """The real queue, and an engine that reads numbers, each time taking `pace()` turns of the loop."""

    def __init__(self, pace: Callable[[], int] = lambda: 1) -> None:
        self.pace = pace
        self.calls = Calls(10)
        self.decoded: list[str] = []
        self.prompts: list[str] = []
        self.mark: dict[int, str] = {}
        """What is written behind a number."""
        self.fails: Callable[[Task], bool] = lambda task: False
        self.running = asyncio.Event()
        self.running.set()
        self._task = asyncio.create_task(self._run())

    @property
    def backlog_seconds(self) -> float:
        return self.calls.backlog_seconds

    async def decode(self, session: str, audio: Pcm, task: Task) -> Hypothesis | None:
        return await self.calls.put(session, audio, task, asyncio.get_running_loop().time())

    def confirm(self, session: str) -> None:
        self.calls.confirm(session)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(0)
            if not self.running.is_set():
                continue
            taken = self.calls.take(asyncio.get_running_loop().time())
            if not taken:
                continue
            job = taken[0]
            self.decoded.append(job.kind)
            if job.payload.task.kind == "final":
                self.prompts.append(job.payload.task.prompt)
            for _ in range(self.pace()):
                await asyncio.sleep(0)
            if self.fails(job.payload.task):
                self.calls.fail(job, EngineError("no"))
            else:
                self.calls.answer(job, read(np.frombuffer(job.payload.samples, np.int16), self.mark))

    async def close(self) -> None:
        self._task.cancel()


class Scene:
    def __init__(self, settings: EndpointSettings | None = None, **options: Any) -> None:
        self.told: list[dict[str, Any]] = []
        self.records: list[FinalRecord] = []
        self.recogniser = QueueRecogniser()
        self.transcriber = Transcriber(
            SESSION,
            language="en",
            last_seq=0,
            listener=Listener(PlainVad(), settings),  # type: ignore[arg-type]
            recogniser=self.recogniser,  # type: ignore[arg-type]
            tell=self.told.append,
            save=self.save,
            **options,
        )

    def save(self, record: FinalRecord) -> None:
        self.records.append(record)
        self.transcriber.saved(record, len(self.records))

    async def hear(self, *stretches: tuple[int, int]) -> None:
        """(windows, the number in their samples; 0 is silence)"""
        for windows, number in stretches:
            await self.play(np.full(windows * WINDOW, number, np.int16))

    async def play(self, pcm: Pcm) -> None:
        for start in range(0, pcm.size, FRAME):
            self.transcriber.push(pcm[start : start + FRAME])
            for _ in range(4):
                await asyncio.sleep(0)

    def texts(self) -> list[str]:
        return [record.text for record in self.records]

    def last_partial(self) -> tuple[str, str]:
        partial = [message for message in self.told if message["type"] == "partial"][-1]
        return partial["stable"], partial["tentative"]


MakeScene = Callable[..., Scene]


@pytest.fixture
async def scene() -> AsyncIterator[MakeScene]:
    scenes: list[Scene] = []

    def make(*arguments: Any, **options: Any) -> Scene:
        scenes.append(Scene(*arguments, **options))
        return scenes[-1]

    yield make
    for made in scenes:
        await made.transcriber.close()
        await made.recogniser.close()


def outcomes() -> dict[str, float]:
    names = ("used", "resumed", "let_go", "changed")
    metric = "whisperstream_early_finals_total"
    return {name: REGISTRY.get_sample_value(metric, {"outcome": name}) or 0.0 for name in names}


def since(before: dict[str, float]) -> dict[str, float]:
    return {name: value - before[name] for name, value in outcomes().items() if value != before[name]}


async def test_the_final_is_there_when_the_utterance_is_over(scene: MakeScene) -> None:
    made, before = scene(), outcomes()
    await made.hear((20, 1), (15, 0))
    assert not made.records
    assert made.last_partial() == ("w1", ""), "what was decoded ahead is shown"
    await made.hear((1, 0))
    assert made.texts() == ["w1"]
    assert made.recogniser.decoded[-1] == "speculative"
    assert "final" not in made.recogniser.decoded
    assert since(before) == {"used": 1}


async def test_speech_that_resumes_throws_it_away(scene: MakeScene) -> None:
    made, before = scene(), outcomes()
    await made.hear((20, 1), (10, 0), (20, 2), (20, 0))
    assert made.texts() == ["w1 w2"]
    assert made.recogniser.decoded.count("speculative") == 2
    assert since(before) == {"used": 1, "resumed": 1}


async def test_one_that_still_waits_when_speech_resumes_is_not_decoded(scene: MakeScene) -> None:
    made = scene()
    await made.hear((20, 1))
    made.recogniser.running.clear()
    await made.hear((10, 0), (4, 2))
    made.recogniser.running.set()
    await made.hear((20, 2), (20, 0))
    assert made.texts() == ["w1 w2"]
    assert made.recogniser.decoded.count("speculative") == 1


async def test_one_that_still_waits_when_the_utterance_is_over_becomes_the_final(scene: MakeScene) -> None:
    made, before = scene(), outcomes()
    made.recogniser.running.clear()
    await made.hear((20, 1), (20, 0))
    made.recogniser.running.set()
    assert await made.transcriber.drained(1)
    assert made.texts() == ["w1"]
    assert made.recogniser.decoded == ["final"]
    assert since(before) == {"used": 1}


async def test_one_that_fails_or_is_let_go_is_decoded_again(scene: MakeScene) -> None:
    made, before = scene(), outcomes()
    made.recogniser.fails = lambda task: task.speculative
    await made.hear((20, 1), (20, 0))
    assert await made.transcriber.drained(1)
    assert made.texts() == ["w1"]
    assert since(before) == {"let_go": 1}


async def test_one_in_another_language_is_decoded_again(scene: MakeScene) -> None:
    made, before = scene(), outcomes()
    await made.hear((20, 1), (10, 0))
    made.transcriber.speak_in("de")
    await made.hear((10, 0))
    assert await made.transcriber.drained(1)
    assert made.texts() == ["w1"]
    assert made.recogniser.decoded[-1] == "final"
    assert since(before) == {"changed": 1}


async def test_a_pause_in_a_sentence_does_not_end_it(scene: MakeScene) -> None:
    made = scene(sentence_ends=SentenceEnds(500))
    made.recogniser.mark = {2: "."}
    await made.hear((20, 1), (25, 0), (20, 2), (14, 0))
    assert made.texts() == ["w1 w2."], "nothing after w1, sooner after the full stop"


async def test_a_sentence_that_is_never_finished_ends_all_the_same(scene: MakeScene) -> None:
    made = scene(sentence_ends=SentenceEnds(500))
    await made.hear((20, 1), (31, 0))
    assert not made.records
    await made.hear((2, 0))
    assert made.texts() == ["w1"]


async def test_a_sentence_prompts_the_next_one(scene: MakeScene) -> None:
    made = scene(context=Context())
    await made.hear((20, 1), (20, 0), (20, 2), (20, 0), (400, 0), (20, 3), (20, 0), (20, 4), (20, 0))
    assert made.texts() == ["w1", "w2", "w3", "w4"]
    assert made.recogniser.prompts == ["", "w1", "", "w3"], "a long silence ends it"
    made.transcriber.speak_in("de")
    await made.hear((20, 5), (20, 0))
    assert made.recogniser.prompts[-1] == "", "and so does another language"


async def test_one_without_the_sentence_before_it_is_decoded_again(scene: MakeScene) -> None:
    made, before = scene(context=Context()), outcomes()
    made.recogniser.running.clear()
    await made.hear((20, 1), (20, 0), (20, 2), (20, 0))
    made.recogniser.running.set()
    assert await made.transcriber.drained(1)
    assert made.texts() == ["w1", "w2"]
    assert made.recogniser.prompts[-1] == "w1"
    assert since(before) == {"used": 1, "changed": 1}


async def test_stop_in_the_silence_uses_it(scene: MakeScene) -> None:
    made, before = scene(), outcomes()
    await made.hear((20, 1), (10, 0))
    made.transcriber.flush()
    assert await made.transcriber.drained(1)
    assert made.texts() == ["w1"]
    assert since(before) == {"used": 1}


async def test_a_slow_model_decodes_only_what_is_wanted(scene: MakeScene) -> None:
    made = scene(speculation=Speculation(most_seconds=-1))
    await made.hear((20, 1), (20, 0), (20, 2), (20, 0))
    assert await made.transcriber.drained(1)
    assert made.texts() == ["w1", "w2"]
    assert [kind for kind in made.recogniser.decoded if kind != "partial"] == ["speculative", "final"]


@pytest.mark.parametrize("seed", range(40))
async def test_no_word_is_lost_or_doubled(scene: MakeScene, seed: int) -> None:
    """Random pauses, an engine of random speed that fails now and then, splits soft and hard."""
    chance = random.Random(seed)
    made = scene(EndpointSettings(soft_ms=3000, hard_ms=5000))
    slowness = chance.choice([1, 5, 40, 200])
    made.recogniser.pace = lambda: chance.randrange(1, slowness + 1)
    made.recogniser.fails = lambda task: task.speculative and chance.random() < 0.3
    count = 25
    for number in range(1, count + 1):
        pause = chance.choice([2, 3, 5, 8, 10, 14, 15, 16, 17, 20, 30])
        await made.hear((WORD, number), (pause, 0))
    made.transcriber.flush()
    assert await made.transcriber.drained(5)
    assert " ".join(made.texts()).split() == [f"w{number}" for number in range(1, count + 1)]
    starts = [record.start_ms for record in made.records]
    assert starts == sorted(starts)
    assert len({record.key for record in made.records}) == len(made.records)
    finals = [message["utterance"] for message in made.told if message["type"] == "final"]
    assert finals == [str(record.key) for record in made.records]
