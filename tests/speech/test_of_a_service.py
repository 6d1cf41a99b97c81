"""Live text of an engine that knows no prefix and costs something: in virtual time."""

import random
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise

import pytest

from captions.speech.live_events import Request
from captions.speech.live_settings import LiveSettings
from captions.speech.types import Hypothesis, Word

from .dictation import STEP_MS, Dictation, Speech, bare, said

SECOND = 31
IN_PAUSES = LiveSettings().of_a_service(0)
EVERY_TWO_SECONDS = LiveSettings().of_a_service(2)
PARTS = (
    "I am sitting",
    "in a room",
    "different from the one",
    "you are in now.",
    "It is late. I go",
    "home.",
)


def parts(*texts: str) -> Speech:
    speech = Speech()
    for text in texts:
        speech.say(text).pause(25)
    return speech.pause(60)


@pytest.mark.parametrize("settings", [IN_PAUSES, EVERY_TWO_SECONDS])
@pytest.mark.parametrize("latency", [0, 900, 2_500])
def test_all_that_is_said_is_written_once(settings: LiveSettings, latency: int) -> None:
    made = Dictation(parts(*PARTS), settings=settings, latency=lambda: latency).run().drain()
    assert " ".join(made.texts).split() == made.speech.text.split()
    assert all(not request.prefix for request in made.requests)


def test_nothing_is_asked_before_a_pause() -> None:
    made = Dictation(
        Speech().say("We meet at noon at the new station and then we go"), settings=IN_PAUSES
    ).run()
    assert not made.requests
    made.speech.pause(20)
    made.run()
    assert made.requests
    assert made.page.text == made.speech.text


def test_who_makes_no_pause_is_not_kept_waiting_for_ever() -> None:
    speech = Speech().say(" ".join(f"word{number}" for number in range(150)))
    made = Dictation(speech, settings=IN_PAUSES, latency=lambda: 1_000).run()
    assert 25_000 < made.settings.hard_ms < made.clock_ms
    assert len(made.page.text.split()) > 60
    assert bare(made.drain().page.text) == bare(speech.text)


def test_during_speech_there_are_seconds_between_two_requests() -> None:
    speech = Speech().say(" ".join(f"word{number}" for number in range(60)))
    made = Dictation(speech, settings=EVERY_TWO_SECONDS).run()
    assert len(made.requests) >= 8
    for one, other in pairwise(made.requests):
        assert other.end_ms - one.end_ms >= 2_000 - STEP_MS


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("settings", [IN_PAUSES, EVERY_TWO_SECONDS])
def test_whatever_a_service_hears_stable_words_stay(settings: LiveSettings, seed: int) -> None:
    chance = random.Random(seed)
    speech = parts(*PARTS, *PARTS)

    def mishear(word: Word) -> Word:
        text = f"{word.text}s" if chance.random() < 0.1 and word.text[-1] != "." else word.text
        shift = chance.randrange(-100, 100)
        start_ms = max(0, word.start_ms + shift)
        return replace(word, text=text, start_ms=start_ms, end_ms=max(word.end_ms + shift, start_ms + 40))

    def hear(request: Request) -> Hypothesis | None:
        if chance.random() < 0.1:
            return None
        return said([mishear(word) for word in speech.hear(request).words])

    # The page asserts that no stable word is rewritten.
    made = Dictation(speech, engine=hear, settings=settings, latency=lambda: chance.randrange(2_000))
    heard = [word.rstrip("s") for word in bare(made.run().drain().page.text)]
    expected = [word.rstrip("s") for word in bare(speech.text)]
    assert SequenceMatcher(None, heard, expected, autojunk=False).ratio() > 0.85, heard


def test_a_language_is_never_asked_for_by_itself() -> None:
    made = Dictation(parts(*PARTS), settings=IN_PAUSES, detects=True).run().drain()
    assert " ".join(made.texts).split() == made.speech.text.split()
    assert not [request for request in made.requests if request.check]
