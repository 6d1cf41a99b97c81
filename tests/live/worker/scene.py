"""A transcriber with artificial sound: each word is a number, and all samples of the word have that value."""

import asyncio
import uuid
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from captions.asr.engine.base import EngineError, Task
from captions.live.worker.transcriber import Transcriber
from captions.speech.listener import Listener
from captions.speech.types import SAMPLES_PER_MS, SILENCE, Hypothesis, Word
from captions.speech.vad import WINDOW, Probabilities
from captions.transcripts.final_writer import FinalRecord, WriterFullError
from tests.speech_data import Pcm

SESSION = str(uuid.uuid4())
WORD = 8
"""The length of a word in windows of the voice activity detection."""

Answer = Hypothesis | EngineError | None


class PlainVad:
    """A voice activity detection that reports speech in every window that is not silent."""

    def __init__(self) -> None:
        self._tail = np.zeros(0, np.int16)

    def stream(self) -> "PlainVad":
        return self

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


class Reader:
    """A recogniser that reads the numbers in the samples, unless `script` overrides its answers."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []
        self.urgent: list[bool] = []
        self.patient = False
        self.sizes: list[int] = []
        self.marks: dict[int, str] = {}
        """The punctuation after a number."""
        self.script: Callable[[Task, Hypothesis], Answer] = lambda task, heard: heard
        self.pace: Callable[[], int] = lambda: 0
        """The number of event loop iterations that a decode takes."""
        self.go = asyncio.Event()
        self.go.set()
        self.busy = 0
        self.busiest = 0

    async def decode(
        self, session: str, audio: Pcm, task: Task, *, urgent: bool = False
    ) -> Hypothesis | None:
        assert session == SESSION
        self.tasks.append(task)
        self.urgent.append(urgent)
        self.sizes.append(audio.size)
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            for _ in range(self.pace()):
                await asyncio.sleep(0)
            await self.go.wait()
            answer = self.script(task, self._read(audio))
        finally:
            self.busy -= 1
        if isinstance(answer, EngineError):
            raise answer
        return answer

    def be_patient(self, session: str, patient: bool) -> None:
        self.patient = patient

    def _read(self, audio: Pcm) -> Hypothesis:
        bounds = [0, *(np.flatnonzero(np.diff(audio)) + 1), audio.size]
        words = tuple(
            Word(
                start // SAMPLES_PER_MS,
                end // SAMPLES_PER_MS,
                f" W{audio[start]}{self.marks.get(int(audio[start]), '')}",
                0.95,
            )
            for start, end in pairwise(map(int, bounds))
            if audio[start] and (end - start) * 2 > WORD * WINDOW
        )
        return Hypothesis(words, "en", 0.9, 0.0, -0.1, 1.0) if words else SILENCE


class Scene:
    """A transcriber, the messages it published, and the records it passed to the final writer."""

    def __init__(self, language: str = "", *, start_sample: int = 0, **options: Any) -> None:
        self.told: list[dict[str, Any]] = []
        self.records: list[FinalRecord] = []
        self.recogniser = Reader()
        self.saving = True
        """Whether records are saved at once."""
        self.full = False
        self.transcriber = Transcriber(
            SESSION,
            language=language,
            last_seq=options.pop("last_seq", 0),
            listener=Listener(PlainVad(), start_sample=start_sample),  # type: ignore[arg-type]
            recogniser=self.recogniser,
            publish=self.told.append,
            save=self.save,
            **options,
        )

    def save(self, record: FinalRecord) -> None:
        if self.full:
            raise WriterFullError
        self.records.append(record)
        if self.saving:
            self.transcriber.saved(record, len(self.records))

    async def hear(self, *stretches: tuple[int, int]) -> None:
        """Pushes sound, given as pairs (number of windows, value of their samples); 0 is silence."""
        for windows, number in stretches:
            for _ in range(windows):
                self.transcriber.push(np.full(WINDOW, number, np.int16))
                await self.turns(3)

    async def say(self, *numbers: int) -> None:
        await self.hear(*((WORD, number) for number in numbers))

    async def turns(self, count: int) -> None:
        for _ in range(count):
            await asyncio.sleep(0)

    def texts(self) -> list[str]:
        return [record.text for record in self.records]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.told if message["type"] == kind]
