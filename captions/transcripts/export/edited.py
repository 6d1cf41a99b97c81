"""Times for a text that is no longer what the words of its passage spell."""

from dataclasses import dataclass
from difflib import SequenceMatcher

from .transcript import Passage

_MOST_HASTE = 2.0
"""How much faster than the whole passage a changed stretch may be before it takes time from the words around it."""


def times_of(tokens: list[str], passage: Passage) -> list[tuple[int, int]]:
    """Start and end of each token in milliseconds, in order and within the passage.

    A token that is still one of the words keeps its time; those between two such share the time between them by
    their length. Where that is too little, the words beside them share theirs.
    """
    stretches = _eased(_stretches(tokens, passage), sum(map(_weight, tokens)), passage)
    return [time for stretch in stretches for time in stretch.times()]


def _weight(token: str) -> int:
    return len(token) + 1


@dataclass(slots=True)
class _Stretch:
    tokens: list[str]
    start_ms: int
    end_ms: int
    guessed: bool

    def join(self, following: "_Stretch") -> None:
        self.tokens += following.tokens
        self.end_ms = following.end_ms
        self.guessed = True

    def is_hasty(self, ms_a_weight: float) -> bool:
        needed = sum(map(_weight, self.tokens)) * ms_a_weight / _MOST_HASTE
        return self.guessed and self.end_ms - self.start_ms < needed

    def times(self) -> list[tuple[int, int]]:
        length_ms, whole = self.end_ms - self.start_ms, sum(map(_weight, self.tokens))
        times, done = [], 0
        for token in self.tokens:
            begin, done = done, done + _weight(token)
            times.append(
                (self.start_ms + length_ms * begin // whole, self.start_ms + length_ms * done // whole)
            )
        return times


def _stretches(tokens: list[str], passage: Passage) -> list[_Stretch]:
    """Each token that is a word of the passage by itself, and what stands between such."""
    spoken = [word.text.strip() for word in passage.words]
    blocks = SequenceMatcher(None, spoken, tokens, autojunk=False).get_matching_blocks() if spoken else []
    stretches: list[_Stretch] = []
    clock, done = passage.start_ms, 0
    for block in blocks:
        for number, word in enumerate(passage.words[block.a : block.a + block.size], block.b):
            start_ms = min(max(word.start_ms, clock), passage.end_ms)
            if number > done:
                stretches.append(_Stretch(tokens[done:number], clock, start_ms, guessed=True))
            clock, done = min(max(word.end_ms, start_ms), passage.end_ms), number + 1
            stretches.append(_Stretch([tokens[number]], start_ms, clock, guessed=False))
    if done < len(tokens):
        stretches.append(_Stretch(tokens[done:], clock, passage.end_ms, guessed=True))
    return stretches


def _eased(stretches: list[_Stretch], weight: int, passage: Passage) -> list[_Stretch]:
    """Joins what would be said in haste with what stands beside it."""
    ms_a_weight = (passage.end_ms - passage.start_ms) / max(weight, 1)
    eased: list[_Stretch] = []
    for stretch in stretches:
        if eased and eased[-1].is_hasty(ms_a_weight):
            eased[-1].join(stretch)
        else:
            eased.append(stretch)
        while len(eased) > 1 and eased[-1].is_hasty(ms_a_weight):
            last = eased.pop()
            eased[-1].join(last)
    return eased
