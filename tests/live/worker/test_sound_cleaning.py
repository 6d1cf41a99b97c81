"""Noise is taken out of what is decoded, and of nothing else."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from captions.live.worker import sentences, sound_cleaning
from captions.live.worker.sound_cleaning import SoundCleaning
from captions.speech.listener import Listener
from captions.speech.ring import Samples
from captions.speech.vad import WINDOW

from .scene import SESSION, PlainVad, Scene

MakeScene = Callable[..., Scene]


class Adding:
    """Makes every sample a hundred more, 20 samples later."""

    frame, delay = 64, 20

    def __init__(self) -> None:
        self._held: Samples = np.zeros(self.delay, np.int16)

    def clean(self, sound: Samples) -> Samples:
        held = np.concatenate([self._held, np.where(sound, sound + 100, 0).astype(np.int16)])
        self._held = held[self.frame :]
        return held[: self.frame]


class Ear:
    """A listener, and the cleaning of its sound."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.listener = Listener(PlainVad())  # type: ignore[arg-type]
        self.cleaning = SoundCleaning(SESSION, self.listener, self.told.append)

    def push(self, count: int, value: int) -> None:
        samples = np.full(count, value, np.int16)
        self.cleaning.take(samples)
        self.listener.push(samples)

    async def done(self) -> None:
        while self.cleaning.is_busy:  # noqa: ASYNC110
            await asyncio.sleep(0.001)

    def heard(self) -> list[int]:
        return list(self.listener.audio(0, self.listener.clock_ms))


async def cleaned(scenery: Scene) -> None:
    while scenery.transcriber.is_cleaning:  # noqa: ASYNC110
        await asyncio.sleep(0.001)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds that cleaners were made for."""
    kinds: list[str] = []

    def make(kind: str) -> Adding:
        kinds.append(kind)
        return Adding()

    monkeypatch.setattr(sound_cleaning, "make_cleaner", make)
    return kinds


async def test_sound_is_replaced_where_it_stands(made: list[str]) -> None:
    ear = Ear()
    ear.push(160, 1)
    ear.cleaning.choose("near")
    for number in (2, 3):
        ear.push(160, number)
    await ear.done()
    # 320 samples are five frames of 64; the last 20 have yet to come out.
    assert ear.heard() == [1] * 160 + [102] * 160 + [103] * 140 + [3] * 20
    ear.push(160, 4)
    await ear.done()
    assert ear.heard()[320:] == [103] * 160 + [104] * (128 - 20) + [4] * 52
    assert made == ["near"]


async def test_after_a_gap_it_begins_anew(made: list[str]) -> None:
    ear = Ear()
    ear.cleaning.choose("far")
    ear.push(160, 1)
    ear.listener.skip(1600)
    ear.push(160, 2)
    await ear.done()
    assert ear.heard() == [101] * 108 + [1] * 52 + [0] * 1600 + [102] * 108 + [2] * 52
    assert made == ["far"]


async def test_another_choice_counts_from_the_next_sound_on(made: list[str]) -> None:
    ear = Ear()
    ear.cleaning.choose("near")
    ear.push(84, 1)
    await ear.done()
    ear.cleaning.choose("off")
    ear.push(76, 2)
    ear.cleaning.choose("far")
    ear.cleaning.choose("far")
    ear.push(160, 3)
    await ear.done()
    assert ear.heard()[:160] == [101] * 44 + [1] * 40 + [2] * 76
    assert ear.heard()[160:] == [103] * 108 + [3] * 52
    assert made == ["near", "far"]


async def test_a_choice_that_was_taken_back_and_made_again(made: list[str]) -> None:
    ear = Ear()
    ear.cleaning.choose("near")
    ear.push(84, 1)
    # Its cleaner is being made.
    await asyncio.sleep(0)
    ear.cleaning.choose("off")
    ear.cleaning.choose("near")
    await ear.done()
    ear.push(84, 2)
    await ear.done()
    assert ear.heard()[:160] == [1] * 84 + [102] * 44 + [2] * 32
    assert ear.told == []


async def test_a_cleaner_that_raises_costs_nothing_but_itself(
    monkeypatch: pytest.MonkeyPatch, scene: MakeScene
) -> None:
    class Broken(Adding):
        def clean(self, sound: Samples) -> Samples:
            raise OSError("broken")

    def make(kind: str) -> Adding:
        if kind == "far":
            raise ImportError("none")
        return Broken()

    monkeypatch.setattr(sound_cleaning, "make_cleaner", make)
    scenery = scene()
    for kind in ("near", "far"):
        scenery.transcriber.clean(kind)
        await scenery.say(1, 2)
        await cleaned(scenery)
        await scenery.say(3)
        # The same choice, with the next connection, is not tried again.
        scenery.transcriber.clean(kind)
    await scenery.hear((70, 0))
    scenery.transcriber.flush()
    assert await scenery.transcriber.drained(5)
    assert scenery.texts() == ["W1 W2 W3 W1 W2 W3"]
    assert [(each["code"], each["message"]) for each in scenery.of("error")] == [
        ("not_cleaned", sentences.NOT_CLEANED)
    ] * 2


async def test_what_fails_after_another_choice_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    may_go_on = threading.Event()

    def make(kind: str) -> Adding:
        if kind == "near":
            may_go_on.wait(30)
            raise OSError("broken")
        return Adding()

    monkeypatch.setattr(sound_cleaning, "make_cleaner", make)
    ear = Ear()
    ear.cleaning.choose("near")
    ear.push(84, 1)
    await asyncio.sleep(0)
    ear.cleaning.choose("far")
    ear.push(84, 2)
    may_go_on.set()
    await ear.done()
    assert ear.heard()[:160] == [1] * 84 + [102] * 44 + [2] * 32
    assert ear.told == []


async def test_what_cannot_be_cleaned_in_time_is_heard_as_it_came(
    monkeypatch: pytest.MonkeyPatch, scene: MakeScene
) -> None:
    may_go_on = threading.Event()

    class Slow(Adding):
        def clean(self, sound: Samples) -> Samples:
            may_go_on.wait(30)
            return super().clean(sound)

    monkeypatch.setattr(sound_cleaning, "make_cleaner", lambda kind: Slow())
    scenery = scene()
    scenery.transcriber.clean("far")
    try:
        await scenery.say(1, 2)
        await scenery.hear((70, 0))
        assert await scenery.transcriber.drained(5)
        assert scenery.texts() == ["W1 W2"]
        monkeypatch.setattr(sound_cleaning, "_MOST_WAITING", 3 * WINDOW)
        await scenery.say(3)
        assert scenery.transcriber._cleaning.waiting <= 4 * WINDOW
    finally:
        may_go_on.set()


async def test_what_is_decoded_is_cleaned_and_voice_is_found_in_what_came(
    made: list[str], scene: MakeScene
) -> None:
    scenery = scene()
    scenery.transcriber.clean("near")
    for number in (1, 2):
        await scenery.say(number)
        await cleaned(scenery)
    await scenery.hear((20, 0))
    await cleaned(scenery)
    await scenery.hear((60, 0))
    assert await scenery.transcriber.drained(5)
    assert scenery.texts() == ["W101 W102"]
    assert [each["start_ms"] for each in scenery.of("final")] == [0]


async def test_nothing_is_made_where_nobody_wants_it(made: list[str], scene: MakeScene) -> None:
    scenery = scene()
    scenery.transcriber.clean("off")
    await scenery.say(1)
    assert made == []
    await scenery.transcriber.close()
