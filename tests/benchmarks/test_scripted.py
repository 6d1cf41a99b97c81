"""The stand-in for Whisper hears the words that are in a sound: no more, and no fewer."""

import subprocess
import sys

import numpy as np
import pytest

from captions.asr.engine.base import Task
from captions.benchmarks import scripted
from captions.benchmarks.scripted.engine import ScriptedWhisper
from tests.conftest import REPOSITORY
from tests.e2e.offline import through_opus
from tests.speech_data import DATA, load_pcm

RATE = 16_000
FINAL = Task("final", "en")


@pytest.fixture(scope="module")
def engine() -> ScriptedWhisper:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(scripted.SPEECH, str(DATA / "note-en-us.flac"))
        return ScriptedWhisper("", name="any")


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return through_opus(load_pcm("note-en-us")).astype(np.float32) / 32768


def part(speech: np.ndarray, start: float, end: float) -> np.ndarray:
    return speech[round(start * RATE) : round(end * RATE)]


def test_words_have_the_times_of_the_sound(engine: ScriptedWhisper, speech: np.ndarray) -> None:
    heard = engine.decode(part(speech, 7, 9), FINAL)
    assert heard.text == "The weather is wet in December."
    assert heard.words[0].start_ms == pytest.approx(256, abs=10)


def test_a_word_is_heard_wherever_the_samples_of_a_sound_begin(
    engine: ScriptedWhisper, speech: np.ndarray
) -> None:
    said = "I happy that Anna could not come tonight."
    heard = [engine.decode(part(speech, 3.6, 6.3)[late:], FINAL).text for late in range(8)]
    assert heard == [said] * 8


def test_a_word_that_was_cut_off_is_not_heard(engine: ScriptedWhisper, speech: np.ndarray) -> None:
    assert engine.decode(part(speech, 7, 8.5), FINAL).text == "The weather is wet in"


def test_what_is_lost_is_missing_and_what_comes_twice_is_there_twice(
    engine: ScriptedWhisper, speech: np.ndarray
) -> None:
    first, last = part(speech, 0, 3), part(speech, 7, 9)
    lost = engine.decode(np.concatenate([first, last]), FINAL)
    assert lost.text == "What time is the medicine at noon? The weather is wet in December."
    twice = engine.decode(np.concatenate([last, first, last]), FINAL)
    assert twice.text.count("weather") == 2


def test_silence_and_noise_have_no_words(engine: ScriptedWhisper) -> None:
    noise = np.random.default_rng(1).normal(0, 0.05, RATE * 4).astype(np.float32)
    for sound in (np.zeros(RATE * 4, np.float32), noise):
        assert not engine.decode(sound, FINAL).words


def test_it_takes_the_place_of_whisper_in_other_processes() -> None:
    code = "from captions.asr.engine.local_whisper import LocalWhisper; print(LocalWhisper.__name__)"
    environment = scripted.environment([DATA / "note-en-us.flac"])
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, env=environment, capture_output=True, text=True
    )
    assert done.stdout.strip() == "ScriptedWhisper", done.stderr
