"""Gives words to those who said them: when each voice speaks, and the passages that this divides. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from .passage import Passage
from .types import TimeRange, Word

# Fewer words in a row, or shorter ones, do not break a sentence: the times of words are not that certain.
_LEAST_WORDS = 2
_LEAST_MS = 400


@dataclass(frozen=True, slots=True)
class Turn:
    """From `start_ms` to `end_ms` the voice `speaker` speaks, a number from 0. Turns of two voices may overlap."""

    start_ms: int
    end_ms: int
    speaker: int


def told_apart(passages: Sequence[Passage], turns: Sequence[Turn]) -> tuple[list[Passage], int]:
    """The passages with their speakers, numbered from 1 as they come, and how many there are.

    A sentence in which another one goes on speaking is divided there. Without turns nothing changes.
    """
    if not turns:
        return list(passages), 0
    numbers: dict[int, int] = {}
    found = []
    for passage in passages:
        for speaker, part in _parts(passage, turns):
            found.append(replace(part, speaker=numbers.setdefault(speaker, len(numbers) + 1)))
    return found, len(numbers)


def speakers_at(times: Sequence[TimeRange], turns: Sequence[Turn], *, after: int = 0) -> list[int]:
    """Who says each of these sentences, which come in order: a number above `after`, as `told_apart` gives it."""
    numbers: dict[int, int] = {}
    return [
        numbers.setdefault(_speaker(each.start_ms, each.end_ms, turns), after + len(numbers) + 1)
        for each in times
    ]


def _parts(passage: Passage, turns: Sequence[Turn]) -> Iterator[tuple[int, Passage]]:
    """The parts of a passage, each with the voice of its turn."""
    if not passage.words:
        yield _speaker(passage.start_ms, passage.end_ms, turns), passage
        return
    runs = _runs(passage.words, turns)
    if len(runs) == 1:
        yield runs[0][0], passage
        return
    for number, (speaker, words) in enumerate(runs):
        part = passage.with_words(words)
        if number == 0:
            part = replace(part, start_ms=passage.start_ms)
        elif number == len(runs) - 1:
            part = replace(part, end_ms=passage.end_ms)
        yield speaker, part


def _runs(words: Sequence[Word], turns: Sequence[Turn]) -> list[tuple[int, tuple[Word, ...]]]:
    """The words in order, divided where the speaker changes for more than a moment."""
    said = [(_speaker(word.start_ms, word.end_ms, turns), word) for word in words]
    runs = [(speaker, [word for _, word in run]) for speaker, run in groupby(said, key=lambda each: each[0])]
    joined: list[tuple[int, list[Word]]] = []
    carried: list[Word] = []
    for speaker, run in runs:
        is_short = len(run) < _LEAST_WORDS or run[-1].end_ms - run[0].start_ms < _LEAST_MS
        if is_short and len(runs) > 1:
            if joined:
                joined[-1][1].extend(run)
            else:
                carried += run
        elif joined and joined[-1][0] == speaker:
            joined[-1][1].extend(run)
        else:
            joined.append((speaker, [*carried, *run]))
            carried = []
    if not joined:
        # Nobody says more than a moment of it: whoever says the most.
        joined = [(_speaker(words[0].start_ms, words[-1].end_ms, turns), carried)]
    return [(speaker, tuple(run)) for speaker, run in joined]


def _speaker(start_ms: int, end_ms: int, turns: Sequence[Turn]) -> int:
    """Who speaks the most of this time; where nobody does, whoever speaks the nearest to it."""
    spoken: dict[int, int] = {}
    for turn in turns:
        overlap = TimeRange(turn.start_ms, turn.end_ms).overlap_ms(start_ms, end_ms)
        spoken[turn.speaker] = spoken.get(turn.speaker, 0) + overlap
    best = max(spoken, key=lambda speaker: spoken[speaker])
    if spoken[best]:
        return best
    return min(turns, key=lambda turn: max(turn.start_ms - end_ms, start_ms - turn.end_ms)).speaker
