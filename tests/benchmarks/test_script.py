"""Four words of 400 ms, one a second, each with its own sound; between them silence."""

import numpy as np
import pytest

from captions.asr.engine.base import Task
from captions.benchmarks.corpus import TimedWord
from captions.benchmarks.script import Script
from captions.speech.ring import Samples
from captions.speech.types import SAMPLE_RATE

PARTIAL, FINAL = Task("partial"), Task("final")
SECOND = SAMPLE_RATE


@pytest.fixture
def sound() -> Samples:
    noise = np.random.default_rng(3).integers(1, 1000, 4 * SECOND).astype(np.int16)
    return np.where(np.arange(4 * SECOND) % SECOND < 2 * SECOND // 5, noise, np.int16(0))


@pytest.fixture
def script() -> Script:
    words = [
        TimedWord(text, 1000 * n, 1000 * n + 400) for n, text in enumerate(("one", "two", "three", "four"))
    ]
    return Script(words, period_samples=4 * SECOND)


def read(script: Script, sound: Samples, start: float, end: float, *, passes: int = 0) -> Samples:
    audio = sound[round(start * SECOND) : round(end * SECOND)]
    script.note(audio, round((start + 4 * passes) * SECOND))
    return audio


def test_a_partial_hears_words_that_are_over_and_a_final_all_that_lie_in_it(
    script: Script, sound: Samples
) -> None:
    assert script.heard(read(script, sound, 0, 1.3), PARTIAL).text == "one"
    assert script.heard(read(script, sound, 0, 1.3), FINAL).text == "one two"
    found = script.heard(read(script, sound, 0.9, 2.6), PARTIAL)
    assert [(word.text, word.start_ms, word.end_ms) for word in found.words] == [
        (" two", 100, 500),
        (" three", 1100, 1500),
    ]


def test_silence_put_behind_the_sound_tells_nothing(script: Script, sound: Samples) -> None:
    audio = read(script, sound, 0, 1.3)
    padded = np.concatenate([audio, np.zeros(20 * SECOND, np.int16)])
    assert script.heard(padded, PARTIAL).text == "one"


def test_a_recording_is_spoken_again_and_again(script: Script, sound: Samples) -> None:
    read(script, sound, 1.9, 3.6)
    assert script.heard(read(script, sound, 1.9, 3.6, passes=5), PARTIAL).text == "three four"


def test_nothing_is_heard_in_sound_of_another_session(script: Script, sound: Samples) -> None:
    assert not script.heard(sound[SECOND:], FINAL).words
