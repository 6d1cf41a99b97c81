from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captions.asr.offline.windows import MOST_MS, Cutter, Window
from captions.speech.ring import Samples
from captions.speech.types import TimeRange, Word
from captions.speech.vad import WINDOW, VadModel
from tests.speech_data import load_pcm


class Loud:
    """A voice detector for which whatever is loud is voice."""

    def stream(self) -> "Loud":
        self._rest: Samples = np.zeros(0, np.int16)
        return self

    def reset(self) -> None:
        self._rest = np.zeros(0, np.int16)

    def push(self, samples: Samples) -> Any:
        sound = np.concatenate([self._rest, samples])
        count = sound.size // WINDOW
        self._rest = sound[count * WINDOW :]
        return (np.abs(sound[: count * WINDOW]).reshape(-1, WINDOW).max(axis=1) > 1000).astype(np.float32)


def talk(parts: Sequence[tuple[int, int]]) -> Samples:
    """So many milliseconds of silence, then of voice, and so on; every millisecond of voice is another one."""
    sound: list[Samples] = []
    for silence_ms, voice_ms in parts:
        at = sum(each.size for each in sound) // 16
        sound.append(np.zeros(silence_ms * 16, np.int16))
        tone = 2_000 + (np.arange(at, at + voice_ms) % 20_000)
        sound.append(np.repeat(tone, 16).astype(np.int16))
    return np.concatenate([*sound, np.zeros(16_000, np.int16)])


def windows_of(sound: Samples, pieces: int = 1) -> list[Window]:
    cutter = Cutter(Loud(), 0.5)  # type: ignore[arg-type]
    found = [each for piece in np.array_split(sound, pieces) for each in cutter.push(piece)]
    return [*found, *cutter.flush()]


def test_pauses_are_shortened_and_words_put_where_they_were_said() -> None:
    (window,) = windows_of(talk([(2_000, 1_600), (5_000, 1_600)]))
    assert [piece.length_ms for piece in window.pieces] == pytest.approx([2_050, 2_050], abs=70)
    assert window.audio.size == sum(piece.length_ms for piece in window.pieces) * 16
    first, second = window.on_clock([Word(300, 1_900, " a", 0.9), Word(2_000, 3_700, " b", 0.9)])
    assert (first.start_ms, second.start_ms) == pytest.approx((2_000, 8_450), abs=70)
    assert second.end_ms == pytest.approx(10_100, abs=70)


def test_a_window_ends_in_the_longest_pause_near_its_end() -> None:
    first, second = windows_of(talk([(0, 9_000), (200, 9_000), (1_200, 6_000), (150, 6_000)]))
    assert first.voice[-1].end_ms == pytest.approx(18_200, abs=40)
    assert second.voice[0].start_ms == pytest.approx(19_400, abs=40)
    assert first.end_ms <= second.start_ms


def test_who_never_pauses_is_cut_where_it_is_quietest() -> None:
    sound = talk([(0, 70_000)])
    sound[25_000 * 16 : 25_050 * 16] //= 4
    found = windows_of(sound)
    assert found[0].end_ms == pytest.approx(25_025, abs=15)
    assert all(one.end_ms == other.start_ms for one, other in pairwise(found))
    assert all(each.audio.size <= 30 * 16_000 for each in found)


def test_missing_sound_ends_a_window_and_moves_the_clock() -> None:
    cutter = Cutter(Loud(), 0.5)  # type: ignore[arg-type]
    said = talk([(500, 2_000)])
    found = [*cutter.push(said), *cutter.skip(3_600 * 16_000), *cutter.push(said), *cutter.flush()]
    assert [each.voice[0].start_ms for each in found] == pytest.approx([500, 3_604_000], abs=40)


def test_silence_is_not_kept() -> None:
    cutter = Cutter(Loud(), 0.5)  # type: ignore[arg-type]
    list(cutter.push(talk([(0, 1_000)])))
    for _ in range(100):
        list(cutter.push(np.zeros(5 * 16_000, np.int16)))
    assert sum(block.size for _, block in cutter._sound._blocks) < 15 * 16_000
    assert not cutter.silent
    assert len(list(cutter.flush())) == 1


def test_a_part_of_a_window_is_a_window() -> None:
    (window,) = windows_of(talk([(2_000, 1_600), (5_000, 1_600)]))
    part = window.between(3_000, 9_000)
    assert (part.start_ms, part.end_ms) == (3_000, 9_000)
    assert part.audio.size == sum(piece.length_ms for piece in part.pieces) * 16
    assert part.voiced_ms == pytest.approx(1_000, abs=70)


parts = st.lists(st.tuples(st.integers(0, 4_000), st.integers(200, 40_000)), min_size=1, max_size=6)


@settings(max_examples=30, deadline=None)
@given(parts, st.integers(1, 50))
def test_all_voice_is_in_one_window_and_none_in_two(said: list[tuple[int, int]], pieces: int) -> None:
    sound = talk(said)
    found = windows_of(sound, pieces)
    assert all(each.audio.size <= (MOST_MS + 100) * 16 for each in found)
    assert all(one.end_ms <= other.start_ms for one, other in pairwise(found))
    taken = np.zeros(sound.size // 16 + 1, bool)
    for window in found:
        for piece in window.pieces:
            taken[piece.start_ms : piece.end_ms] = True
        assert all(any(_within(voice, piece) for piece in window.pieces) for voice in window.voice)
    loud = np.abs(sound[: sound.size // 16 * 16]).reshape(-1, 16).max(axis=1) > 1_000
    # The detector hears in steps of 32 ms.
    assert (loud & ~taken[: loud.size]).sum() <= 64


def _within(voice: TimeRange, piece: TimeRange) -> bool:
    return piece.start_ms <= voice.start_ms and voice.end_ms <= piece.end_ms


def test_real_pauses_are_found_by_the_voice_detector() -> None:
    cutter = Cutter(VadModel(), 0.5)
    found = [*cutter.push(np.tile(load_pcm("note-en-us"), 2)), *cutter.flush()]
    assert len(found) == 2
    assert all(20_000 < each.audio.size // 16 < 30_000 or each is found[-1] for each in found)
