"""Compares a second pass with the transcript, utterance by utterance.

Each word of the second pass is assigned to the utterance in whose time it was spoken, or to a new one. So whichever
differences are accepted, no word is lost or doubled; if it is unclear to which of two adjacent utterances words belong,
both form one difference. Utterances of which the second pass recognised nothing stay as they are: that is no proof that
nobody spoke.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from ..speech.passage import Passage
from ..speech.types import Word, join
from ..transcripts.realign import in_text, realigned
from .aligning import Pair, aligned
from .merging import merged
from .spoken import Token, in_order, spelled, tokens_of, words_of

# The two are compared separately on both sides of a silence longer than this, which both have in common.
_SILENCE_MS = 400
# The farthest that a word of the second pass may lie from an utterance and still be the same word as in it.
_SAME_MS = 2_000
# A word this close to an utterance is assigned to it. More distant words are assigned to the nearest one, unless they
# lie apart and last longer than _SPEECH_MS or are farther than _SAME_MS away.
_NEAR_MS = 700
_SPEECH_MS = 2_000
# A word that reaches this far over the border of two utterances on both sides ties them together.
_OVER_MS = 150
# Notes are placed by the beginnings of utterances, so an utterance keeps its beginning, and its border with the next
# one, unless its words reach further beyond than this.
_STABLE_MS = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """An utterance of the transcript. If it was `corrected` by hand, `heard` is its text before that, if known."""

    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...]
    corrected: bool = False
    heard: str = ""


@dataclass(frozen=True, slots=True)
class RowChange:
    """The proposed state of one utterance."""

    of: int | None
    """The index of the utterance in the transcript; None for a new one."""
    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...]
    """Empty if all words of the utterance move to others of the same difference."""
    language: str
    passages: tuple[int, ...]
    """The indices of the passages of the second pass that the words are from."""
    keeps: bool = False
    """Whether the text contains corrections made by hand."""
    overwrites: bool = False
    """Whether accepting it would remove corrections made by hand."""


Difference = tuple[RowChange, ...]
"""Changes that can only be accepted together, in the order of time."""


def compare(standing: Sequence[Standing], heard: Sequence[Passage]) -> list[Difference]:
    """The differences in wording, in the order of time; case, punctuation and times alone make no difference.

    Both arguments are in the order of time, and in session time.
    """
    found: list[Difference] = []
    for utterances, passages in _overlapping(standing, heard):
        found += _Comparison(standing, utterances, heard, passages).differences()
    return sorted(found, key=lambda difference: difference[0].start_ms)


def _overlapping(
    standing: Sequence[Standing], heard: Sequence[Passage]
) -> Iterator[tuple[list[int], list[int]]]:
    """Yields the indices of the utterances and passages between two silences that both have in common."""
    spans = sorted(
        [(each.start_ms, 0, number, each.end_ms) for number, each in enumerate(standing)]
        + [(each.start_ms, 1, number, each.end_ms) for number, each in enumerate(heard)]
    )
    both: tuple[list[int], list[int]] = ([], [])
    until = 0
    for start, which, number, end in spans:
        if start > until + _SILENCE_MS and (both[0] or both[1]):
            yield both
            both = ([], [])
        both[which].append(number)
        until = max(until, end)
    if both[0] or both[1]:
        yield both


class _Comparison:
    """The comparison of the utterances and passages between two common silences."""

    def __init__(
        self,
        standing: Sequence[Standing],
        utterances: Sequence[int],
        heard: Sequence[Passage],
        passages: Sequence[int],
    ) -> None:
        self._standing = standing
        self._utterances = utterances
        self._places = {number: place for place, number in enumerate(utterances)}
        self._passages = heard
        self._stood = {number: tokens_standing(standing[number], number) for number in utterances}
        self._old = [token for tokens in self._stood.values() for token in tokens]
        self._new = in_order(token for number in passages for token in tokens_of(heard[number].words, number))
        # For each new token the utterance that it belongs to; None for a new utterance.
        self._owners: list[int | None] = [None] * len(self._new)
        # Utterances that form one difference with the next one.
        self._tied: set[int] = set()

    def differences(self) -> Iterator[Difference]:
        if self._old:
            self._assign()
        yield from self._missing()
        tokens_of: dict[int | None, list[Token]] = defaultdict(list)
        for token, owner in zip(self._new, self._owners, strict=True):
            tokens_of[owner].append(token)
        for group in self._groups():
            yield from self._difference({number: tokens_of[number] for number in group})

    def _assign(self) -> None:
        pairs = [pair for pair in aligned(self._old, self._new) if self._is_near(pair)]
        for old, new in pairs:
            self._owners[new] = self._old[old].source
        gaps = [
            (range(old + 1, next_old), range(new + 1, next_new))
            for (old, new), (next_old, next_new) in pairwise(
                [(-1, -1), *pairs, (len(self._old), len(self._new))]
            )
            if next_new > new + 1
        ]
        for _, new_places in gaps:
            self._give_what_is_near(new_places)
        for _, new_places in gaps:
            for run in self._runs(new_places):
                self._give(run)
        for old_places, new_places in gaps:
            self._tie(old_places, new_places)

    def _is_near(self, pair: Pair) -> bool:
        return self._distance(self._old[pair[0]].source, self._new[pair[1]]) <= _SAME_MS

    def _distance(self, number: int, token: Token) -> int:
        """How far the middle of a token lies outside an utterance, in milliseconds; 0 if it is inside."""
        utterance = self._standing[number]
        return max(0, utterance.start_ms - token.middle_ms, token.middle_ms - utterance.end_ms)

    def _between(self, places: range) -> Sequence[int]:
        """The utterances to which new tokens may belong, given those of the tokens around them."""
        before = self._owners[places[0] - 1] if places[0] else None
        after = self._owners[places[-1] + 1] if places[-1] + 1 < len(self._new) else None
        first = 0 if before is None else self._places[before]
        last = len(self._utterances) - 1 if after is None else self._places[after]
        return self._utterances[first : last + 1]

    def _give_what_is_near(self, places: range) -> None:
        """Assigns tokens to the utterances within _NEAR_MS of them."""
        candidates = self._between(places)
        first = 0
        for place in places:
            distances = [self._distance(number, self._new[place]) for number in candidates[first:]]
            nearest = min(distances)
            if nearest <= _NEAR_MS:
                first += distances.index(nearest)
                self._owners[place] = candidates[first]

    def _runs(self, places: range) -> Iterator[range]:
        """Yields runs of adjacent tokens that are not assigned yet."""
        begin = None
        for place in (*places, None):
            is_nobodys = place is not None and self._owners[place] is None
            if is_nobodys and begin is None:
                begin = place
            elif not is_nobodys and begin is not None:
                yield range(begin, places.stop if place is None else place)
                begin = None

    def _give(self, run: range) -> None:
        """Assigns a run of tokens to the nearest utterance, unless it is a passage that the transcript lacks."""
        begin, end = self._new[run[0]], self._new[run[-1]]
        candidates = self._between(run)
        before = self._owners[run[0] - 1] if run[0] else None
        after = self._owners[run[-1] + 1] if run[-1] + 1 < len(self._new) else None
        is_apart = (before is None or self._standing[before].end_ms < begin.start_ms) and (
            after is None or (after != before and end.end_ms < self._standing[after].start_ms)
        )
        from_first = [min(self._distance(number, token) for token in (begin, end)) for number in candidates]
        is_speech = end.end_ms - begin.start_ms > _SPEECH_MS or min(from_first) > _SAME_MS
        if is_apart and is_speech:
            return
        nearest = candidates[from_first.index(min(from_first))]
        for place in run:
            self._owners[place] = nearest

    def _tie(self, old: range, new: range) -> None:
        """Ties utterances to the next one if it is unclear to which of them new words belong."""
        theirs: dict[int, list[Token]] = defaultdict(list)
        for place in old:
            theirs[self._old[place].source].append(self._old[place])
        for one, other in pairwise(theirs):
            border = (self._standing[one].end_ms + self._standing[other].start_ms) // 2
            reaches_over = any(
                self._new[place].start_ms < border - _OVER_MS and self._new[place].end_ms > border + _OVER_MS
                for place in new
            )
            if reaches_over or any(
                self._is_in_others(number, theirs[number], new) for number in (one, other)
            ):
                self._tied |= set(self._utterances[self._places[one] : self._places[other]])

    def _is_in_others(self, number: int, before: Sequence[Token], new: range) -> bool:
        """Whether new words assigned to other utterances cover an utterance that gets none itself."""
        if any(self._owners[place] == number for place in new):
            return False
        start, end = before[0].start_ms, before[-1].end_ms
        covered = sum(
            max(0, min(end, self._new[place].end_ms) - max(start, self._new[place].start_ms)) for place in new
        )
        return covered * 3 > end - start

    def _missing(self) -> Iterator[Difference]:
        """Yields a new utterance for each passage, or part of one, that the transcript lacks."""
        for run in self._runs(range(len(self._new))):
            for _, tokens in groupby([self._new[place] for place in run], key=lambda token: token.source):
                spoken = list(tokens)
                start = spoken[0].start_ms
                yield (self._made(None, start, max(spoken[-1].end_ms, start + 1), spoken),)

    def _groups(self) -> Iterator[list[int]]:
        group: list[int] = []
        for number in self._utterances:
            group.append(number)
            if number not in self._tied:
                yield group
                group = []

    def _difference(self, tokens_of: dict[int, list[Token]]) -> Iterator[Difference]:
        """Yields the difference of a group of utterances, if there is one; `tokens_of` has their new tokens."""
        new = [token for tokens in tokens_of.values() for token in tokens]
        before = [token for number in tokens_of for token in self._stood[number]]
        if not new or spelled(new) == spelled(before):
            return
        if len(tokens_of) == 1:
            for number, tokens in tokens_of.items():
                yield from self._alone(number, tokens)
            return
        yield tuple(
            replace(self._part(number, tokens), overwrites=self._standing[number].corrected)
            for number, tokens in tokens_of.items()
            if spelled(tokens) != spelled(self._stood[number])
        )

    def _alone(self, number: int, tokens: Sequence[Token]) -> Iterator[Difference]:
        """Yields the difference of one utterance; words corrected by hand are merged with the new ones."""
        utterance = self._standing[number]
        if not utterance.corrected:
            yield (self._part(number, tokens),)
            return
        both = merged(self._stood[number], _tokens_of_text(utterance.heard), tokens)
        if spelled(both.tokens) != spelled(self._stood[number]):
            part = self._part(number, in_order(both.tokens))
            yield (replace(part, keeps=both.keeps, overwrites=both.overwrites),)

    def _part(self, number: int, tokens: Sequence[Token]) -> RowChange:
        utterance = self._standing[number]
        if not tokens:
            return RowChange(number, utterance.start_ms, utterance.end_ms, "", (), "", ())
        start, end = utterance.start_ms, max(utterance.end_ms, tokens[-1].end_ms)
        if tokens[0].start_ms < start - _STABLE_MS:
            start = max(tokens[0].start_ms, self._earliest(number))
        if number != self._utterances[-1]:
            following = self._standing[number + 1].start_ms
            if utterance.end_ms <= following < end <= following + _STABLE_MS:
                end = following
        return self._made(number, start, end, tokens)

    def _earliest(self, number: int) -> int:
        """The earliest beginning of an utterance that keeps it after the one before it."""
        place = self._places[number]
        if not place:
            return 0
        before = self._standing[self._utterances[place - 1]].start_ms
        return min(before + 1, self._standing[number].start_ms)

    def _made(self, of: int | None, start: int, end: int, tokens: Sequence[Token]) -> RowChange:
        words = tuple(
            replace(
                word,
                start_ms=min(max(word.start_ms, start), end),
                end_ms=min(max(word.end_ms, start), end),
            )
            for word in words_of(tokens)
        )
        passages = tuple(dict.fromkeys(token.source for token in tokens if token.source >= 0))
        language = self._passages[passages[0]].language if passages else ""
        text = in_text("".join(word.text for word in words))
        return RowChange(of, start, end, text, words, language, passages)


def tokens_standing(utterance: Standing, number: int) -> list[Token]:
    words: Sequence[Word] = utterance.words
    if in_text(join(list(words))) != in_text(utterance.text):
        words = realigned(utterance.text, words, utterance.start_ms, utterance.end_ms)
    return tokens_of(words, number)


def _tokens_of_text(text: str) -> list[Token]:
    return tokens_of([Word(0, 0, f" {part}", 1.0) for part in text.split()], 0)
