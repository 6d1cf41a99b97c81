from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captions.asr.engine.base import Audio, Request, Task
from captions.asr.offline.batched import transcribe
from captions.speech.coverage import UNCLEAR, uncovered
from captions.speech.endpointing import EndpointSettings
from captions.speech.passage import Passage
from captions.speech.ring import Samples
from captions.speech.types import SILENCE, Hypothesis, Word
from captions.speech.vad import VadModel
from captions.speech.voice import voiced_ranges
from tests.speech_data import load_pcm, load_reference

from .test_windows import Loud, talk

NOTE = load_reference("note-en-us")
ENDPOINTS = EndpointSettings(silence_ms=2_000)


class Scripted:
    """An engine that hears a word in every 400 ms that are loud, its name their time in the sound where they are said.

    It can be deaf to a sound from some time on: then it hears no more of that one.
    """

    name = "scripted"
    device = "cpu"

    def __init__(self, language: str = "en", marks: bool = False) -> None:
        self.asked: list[Task] = []
        self.sizes: list[int] = []
        self._language = language
        self._marks = marks

    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        return self.decode_together([Request(audio, task)])[0]

    def decode_together(self, requests: Sequence[Request]) -> list[Hypothesis]:
        self.asked += [request.task for request in requests]
        self.sizes.append(len(requests))
        return [self._heard(each.audio, each.task) for each in requests]

    def _heard(self, audio: Audio, task: Task) -> Hypothesis:
        assert audio.dtype == np.float32
        assert np.abs(audio).max(initial=0) <= 1
        words = self._words(audio)
        return Hypothesis(words, task.language or self._language, 0.9, 0.0, -0.1, 1.0)

    def _words(self, audio: Audio) -> tuple[Word, ...]:
        pieces = audio[: audio.size // 6400 * 6400].reshape(-1, 6400)
        return tuple(
            Word(400 * at, 400 * at + 400, f" w{round(float(piece.max()) * 32768)}", 0.9)
            for at, piece in enumerate(pieces)
            if np.abs(piece).max() > 0.05
        )


def heard(sound: Sequence[Samples | int], engine: Any, vad: Any = None, **options: Any) -> list[Passage]:
    return list(transcribe(sound, engine, vad or VadModel(), ENDPOINTS, **options))


def test_sound_that_ends_in_a_word_is_heard_to_the_end() -> None:
    sound = load_pcm("note-en-us")[: (NOTE.sentences[0].end_ms - 100) * 16]
    (passage,) = heard([sound], Scripted())
    assert passage.end_ms == pytest.approx(sound.size / 16, abs=500)
    assert (passage.start_ms, passage.language) == (passage.words[0].start_ms, "en")


def test_it_does_not_matter_in_which_pieces_sound_comes() -> None:
    sound = load_pcm("note-en-us")
    small = np.array_split(sound, sound.size // 700)
    assert heard(small, Scripted()) == heard([sound], Scripted())


def test_holes_move_the_clock() -> None:
    sound = load_pcm("note-en-us")[: (NOTE.sentences[0].end_ms + 600) * 16]
    first, second = heard([sound, 3600 * 16_000, sound], Scripted())
    assert second.start_ms - first.start_ms == pytest.approx(3_600_000 + sound.size // 16, abs=100)


def test_what_nobody_said_is_left_out() -> None:
    class Deaf(Scripted):
        def _heard(self, audio: Audio, task: Task) -> Hypothesis:
            return SILENCE

    assert heard([load_pcm("note-en-us")], Deaf()) == []
    assert heard([np.zeros(160_000, np.int16)], Scripted()) == []
    assert heard([], Scripted()) == []


def test_windows_are_decoded_together_in_their_order() -> None:
    engine, told = Scripted(), list[int]()
    sound = np.tile(load_pcm("note-en-us"), 14)
    passages = heard([sound], engine, language="en", batch=4, on_progress=told.append)
    # Whoever looks at how far it is does not wait for many.
    assert engine.sizes[:2] == [2, 2]
    assert max(engine.sizes) == 4
    assert [each.start_ms for each in passages] == sorted(each.start_ms for each in passages)
    assert all(one.end_ms <= other.start_ms for one, other in pairwise(passages))
    assert told == sorted(told)
    assert told[-1] > 0.9 * sound.size / 16
    assert passages == heard([sound], Scripted(), language="en")


def test_a_sentence_goes_on_in_the_next_window_and_long_silence_ends_a_row() -> None:
    said = talk([(0, 12_000), (300, 12_000), (300, 12_000), (2_500, 3_000)])
    first, second = heard([said], Scripted(), Loud())
    assert (first.start_ms, first.end_ms) == pytest.approx((0, 36_600), abs=400)
    assert second.start_ms == pytest.approx(39_100, abs=400)


def test_the_text_before_is_told_once() -> None:
    engine = Scripted()
    heard([np.tile(load_pcm("note-en-us"), 6)], engine, language="en", batch=2, prompt="So it was.")
    prompts = [task.prompt for task in engine.asked]
    assert len(prompts) > 2
    assert prompts == ["So it was.", *[""] * (len(prompts) - 1)]


def test_a_translation_is_english_and_need_not_cover_the_voice() -> None:
    class Brief(Scripted):
        def _words(self, audio: Audio) -> tuple[Word, ...]:
            return super()._words(audio)[:2]

    engine = Brief()
    passages = heard([load_pcm("note-en-us")], engine, language="de", batch=2, translate=True)
    assert {each.language for each in passages} == {"en"}
    assert all(task.translate and task.language == "de" for task in engine.asked)
    again = Brief()
    heard([load_pcm("note-en-us")], again, language="de", batch=2)
    assert len(again.asked) > len(engine.asked)


class EarlyStopper(Scripted):
    """One that stops at random, as real models do; a sound of less than `clear_ms` it hears to its end."""

    def __init__(self, random: Any, clear_ms: int) -> None:
        super().__init__()
        self._random = random
        self._clear_ms = clear_ms

    def _words(self, audio: Audio) -> tuple[Word, ...]:
        words = super()._words(audio)
        if audio.size // 16 < self._clear_ms or not words:
            return words
        first = self._random.randint(0, len(words) // 2)
        return words[: self._random.randint(0, len(words))] + words[len(words) - first // 2 :]


parts = st.lists(st.tuples(st.integers(100, 3_000), st.integers(400, 20_000)), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(parts, st.randoms(use_true_random=False), st.sampled_from([0, 2_000, 6_000]))
def test_no_voice_in_a_row_is_without_words(said: list[tuple[int, int]], random: Any, clear_ms: int) -> None:
    sound = talk(said)
    voice = voiced_ranges(Loud().stream().push(sound).tolist())
    for row in heard([sound], EarlyStopper(random, clear_ms), Loud()):
        inside = [
            replace(each, start_ms=max(each.start_ms, row.start_ms), end_ms=min(each.end_ms, row.end_ms))
            for each in voice
            if each.overlap_ms(row.start_ms, row.end_ms)
        ]
        assert uncovered(inside, row.words) == []
        assert [word.start_ms for word in row.words] == sorted(word.start_ms for word in row.words)
        assert any(UNCLEAR not in word.text for word in row.words)


def test_what_is_left_out_once_is_heard_again() -> None:
    class Once(Scripted):
        def _words(self, audio: Audio) -> tuple[Word, ...]:
            words = super()._words(audio)
            return words if len(self.sizes) > 1 else (*words[:5], *words[12:])

    (passage,) = heard([talk([(300, 12_000)])], Once(), Loud(), language="en")
    assert UNCLEAR not in passage.text
    assert len(passage.words) >= 25


def test_where_much_is_left_out_all_is_heard_again_in_halves() -> None:
    """A model that skips sentences puts the word behind them at their beginning."""

    class Skipper(Scripted):
        def _words(self, audio: Audio) -> tuple[Word, ...]:
            words = super()._words(audio)
            if audio.size < 15 * 16_000:
                return words
            first, *rest = words[len(words) // 2 :]
            return (replace(first, start_ms=0, end_ms=2_000), *rest)

    engine = Skipper()
    sound = talk([(300, 5_000), (1_000, 5_000), (1_000, 6_500)])
    whole = [word.text for row in heard([sound], Scripted(), Loud(), language="en") for word in row.words]
    found = [word.text for row in heard([sound], engine, Loud(), language="en") for word in row.words]
    assert len(found) == pytest.approx(len(whole), abs=2)
    assert [int(text[2:]) for text in found] == sorted(int(text[2:]) for text in found)
    assert engine.sizes == [1, 1, 1]


def test_rows_do_not_overlap() -> None:
    class Overlapping(Scripted):
        def _words(self, audio: Audio) -> tuple[Word, ...]:
            return (Word(300, 2_000, " One.", 0.9), Word(1_700, 3_000, " Two.", 0.9))

    one, two = heard([talk([(300, 3_000)])], Overlapping(), Loud(), language="en")
    assert (one.text, two.text) == ("One.", "Two.")
    assert one.end_ms == two.start_ms == two.words[0].start_ms


def test_what_cannot_be_heard_is_said_to_be_unclear() -> None:
    class Never(Scripted):
        def _words(self, audio: Audio) -> tuple[Word, ...]:
            return tuple(word for word in super()._words(audio) if not 5_000 < int(word.text[2:]) < 8_000)

    (passage,) = heard([talk([(300, 12_000)])], Never(), Loud(), language="en")
    (word,) = [word for word in passage.words if UNCLEAR in word.text]
    assert word.probability == 0
    assert (word.start_ms, word.end_ms) == pytest.approx((3_000, 6_000), abs=700)
