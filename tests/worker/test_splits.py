"""Speech without an end: utterances are split where it does least harm, and no word is lost, doubled or changed."""

import asyncio
import random
import uuid
from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from captions.engines.base import Task
from captions.speech.endpointing import EndpointSettings
from captions.speech.listener import Listener
from captions.speech.types import SAMPLES_PER_MS, SILENCE, Hypothesis, Word
from captions.speech.vad import WINDOW
from captions.transcripts.recording import FinalRecord
from captions.worker.transcriber import Transcriber
from tests.audio import Pcm
from tests.worker.test_early_finals import PlainVad

SESSION = str(uuid.uuid4())
FRAME = 1600
WORD = 6 * WINDOW
LOUD = 256
"""A word is a number, said loud as 256 times itself and softly as itself."""

SETTINGS = EndpointSettings(soft_ms=3_000, hard_ms=6_000, search_ms=1_500)


def read(audio: npt.NDArray[np.int16]) -> Hypothesis:
    """The words of which the greater part is in the sound."""
    numbers = np.where(audio >= LOUD, audio // LOUD, audio)
    bounds = [0, *(np.flatnonzero(np.diff(numbers)) + 1), numbers.size]
    words = tuple(
        Word(start // SAMPLES_PER_MS, end // SAMPLES_PER_MS, f" w{numbers[start]}", 0.9)
        for start, end in pairwise(map(int, bounds))
        if numbers[start] and (end - start) * 2 > WORD
    )
    return Hypothesis(words, "en", 0.9, 0.0, -0.1, 1.0) if words else SILENCE


class Reader:
    """Reads numbers, in `turns` of the loop."""

    backlog_seconds = 0.0

    def __init__(self, turns: int, partials: bool) -> None:
        self._turns = turns
        self._partials = partials

    async def decode(self, session: str, audio: Pcm, task: Task) -> Hypothesis | None:
        for _ in range(self._turns):
            await asyncio.sleep(0)
        return read(audio) if task.kind == "final" or self._partials else None

    def confirm(self, session: str) -> None:
        """Nothing waits here."""


def spoken(words: int, chance: random.Random) -> Pcm:
    """Words that follow each other at once, or behind a soft end, or after pauses none of which ends an utterance."""
    habit = chance.choice([("none",), ("none", "soft"), ("soft", "pause"), ("none", "soft", "pause")])
    parts: list[Pcm] = []
    for index in range(words):
        number = index % 100 + 1
        word = np.full(WORD, number * LOUD, np.int16)
        match chance.choice(habit):
            case "soft":
                word[-WINDOW:] = number
            case "pause":
                word = np.append(word, np.zeros(WINDOW * chance.randrange(1, 10), np.int16))
        parts.append(word)
    return np.concatenate(parts)


class Page:
    """What a reader sees of what is not saved yet: no word goes away at a split, none is there twice."""

    def __init__(self) -> None:
        self._read = 0
        self._open: dict[str, dict[str, Any]] = {}
        self._last = 0

    def follow(self, told: list[dict[str, Any]]) -> None:
        saved = 0
        for message in told[self._read :]:
            if message["type"] == "partial":
                self._open[message["utterance"]] = message
            elif message["type"] == "final":
                self._open.pop(message["utterance"], None)
                saved = int(message["text"].split()[-1][1:])
        self._read = len(told)
        tails = sorted(self._open.values(), key=lambda each: int(each["start_ms"]))
        shown = [int(word[1:]) for each in tails for word in f"{each['stable']} {each['tentative']}".split()]
        assert all(after == before % 100 + 1 for before, after in pairwise(shown))
        last = shown[-1] if shown else saved or self._last
        assert (last - self._last) % 100 < 50
        self._last = last


async def splits_of(seed: int, *, partials: bool = True) -> Counter[str]:
    chance = random.Random(seed)
    told: list[dict[str, Any]] = []
    records: list[FinalRecord] = []

    def save(record: FinalRecord) -> None:
        records.append(record)
        transcriber.saved(record, len(records))

    listener = Listener(PlainVad(), SETTINGS)  # type: ignore[arg-type]
    transcriber = Transcriber(
        SESSION,
        language="en",
        last_seq=0,
        listener=listener,
        recogniser=Reader(chance.choice([0, 1, 3]), partials),  # type: ignore[arg-type]
        tell=told.append,
        save=save,
    )
    count = chance.randrange(150, 200)
    sound = spoken(count, chance)
    starts: list[int] = []
    page = Page()
    for at in range(0, sound.size, FRAME):
        transcriber.push(sound[at : at + FRAME])
        starts.append(listener.open_utterance_start or 0)
        for _ in range(4):
            await asyncio.sleep(0)
        page.follow(told)
    transcriber.flush()
    assert await transcriber.drained(5)
    await transcriber.close()

    assert " ".join(record.text for record in records).split() == [f"w{i % 100 + 1}" for i in range(count)]
    stable: dict[str, str] = {}
    for message in told:
        if message["type"] == "partial":
            assert message["stable"].startswith(stable.get(message["utterance"], ""))
            stable[message["utterance"]] = message["stable"]
        elif message["type"] == "final":
            assert message["text"].startswith(stable.get(message["utterance"], ""))
    lengths = [after - before for before, after in pairwise(sorted(set(starts)))]
    limit = (SETTINGS.hard_ms - SETTINGS.search_ms + 500) * SAMPLES_PER_MS
    return Counter("early" if length <= limit else "late" for length in lengths)


@pytest.mark.parametrize("seed", range(4))
async def test_no_word_is_lost_doubled_or_changed_at_any_split(seed: int) -> None:
    """More than 200 splits in all."""
    splits: Counter[str] = Counter()
    for part in range(6):
        splits += await splits_of(seed * 100 + part)
    assert splits.total() >= 50
    # Borders of words are found long before the hard limit.
    assert not splits["late"]


async def test_without_partials_speech_is_cut_all_the_same() -> None:
    for seed in range(4):
        assert (await splits_of(seed, partials=False)).total() >= 5
