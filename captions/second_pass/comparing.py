"""Where a second hearing of a session reads otherwise than its transcript, sentence by sentence.

Each word of the new hearing belongs to one utterance of the transcript, the one in which it was said, or to one that
is missing there. So whichever of the differences are accepted, no word is lost, and none is there twice: what cannot
be told apart where two utterances meet is one difference of both. Utterances that were not heard the second time stay:
that somebody was not heard is no proof that nobody spoke.
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

# Two hearings are not compared across silence longer than that: two ears do not differ by more.
_SILENCE_MS = 400
# How far from its utterance a word may be heard and be the same word.
_SAME_MS = 2_000
# Words so close to an utterance are its own; further away, too, as long as there is less than that to say.
_NEAR_MS = 700
_SPEECH_MS = 2_000
# A word that reaches so far over the border of two utterances is of both of them.
_OVER_MS = 150
# Notes stand where utterances begin, and one utterance where the other ends: that stays, where words are not further
# beyond it.
_STABLE_MS = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """An utterance as it stands. Where somebody has `corrected` it by hand, `heard` is how it read before, if known."""

    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...]
    corrected: bool = False
    heard: str = ""


@dataclass(frozen=True, slots=True)
class RowChange:
    """How an utterance would read: number `of` of those that stand, or None for one that is not there yet.

    `words` is empty where all that it says is said in the others of the same difference. `passages` are the numbers of
    those it was heard in. `keeps` says that corrections by hand are in it, `overwrites` that some would be gone.
    """

    of: int | None
    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...]
    language: str
    passages: tuple[int, ...]
    keeps: bool = False
    overwrites: bool = False


Difference = tuple[RowChange, ...]
"""What can only be accepted together, in the order of time."""


def compare(standing: Sequence[Standing], heard: Sequence[Passage]) -> list[Difference]:
    """The differences of wording, in the order of time; those of case, punctuation and times alone are none.

    Both are in the order of time, and on the same clock.
    """
    found: list[Difference] = []
    for utterances, passages in _stretches(standing, heard):
        found += _Comparison(standing, utterances, heard, passages).differences()
    return sorted(found, key=lambda difference: difference[0].start_ms)


def _stretches(
    standing: Sequence[Standing], heard: Sequence[Passage]
) -> Iterator[tuple[list[int], list[int]]]:
    """Utterances and passages, by number, between two silences in both hearings."""
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
    """One stretch of speech in both hearings."""

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
        self._heard = heard
        self._stood = {number: tokens_standing(standing[number], number) for number in utterances}
        self._old = [token for tokens in self._stood.values() for token in tokens]
        self._new = in_order(token for number in passages for token in tokens_of(heard[number].words, number))
        # Of each new token the utterance that it belongs to; None where it is missing in all of them.
        self._owners: list[int | None] = [None] * len(self._new)
        # Utterances that go together with the next one.
        self._tied: set[int] = set()

    def differences(self) -> Iterator[Difference]:
        if self._old:
            self._assign()
        yield from self._missing()
        said: dict[int | None, list[Token]] = defaultdict(list)
        for token, owner in zip(self._new, self._owners, strict=True):
            said[owner].append(token)
        for group in self._groups():
            yield from self._difference({number: said[number] for number in group})

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
        """How far from an utterance a token was said, in milliseconds."""
        utterance = self._standing[number]
        return max(0, utterance.start_ms - token.middle_ms, token.middle_ms - utterance.end_ms)

    def _between(self, places: range) -> Sequence[int]:
        """The utterances that new tokens may be of, given whose those around them are."""
        before = self._owners[places[0] - 1] if places[0] else None
        after = self._owners[places[-1] + 1] if places[-1] + 1 < len(self._new) else None
        first = 0 if before is None else self._places[before]
        last = len(self._utterances) - 1 if after is None else self._places[after]
        return self._utterances[first : last + 1]

    def _give_what_is_near(self, places: range) -> None:
        """Gives tokens to utterances in which, or next to which, they were said."""
        candidates = self._between(places)
        first = 0
        for place in places:
            distances = [self._distance(number, self._new[place]) for number in candidates[first:]]
            nearest = min(distances)
            if nearest <= _NEAR_MS:
                first += distances.index(nearest)
                self._owners[place] = candidates[first]

    def _runs(self, places: range) -> Iterator[range]:
        """The tokens among these that are nobody's yet, together where they follow each other."""
        begin = None
        for place in (*places, None):
            is_nobodys = place is not None and self._owners[place] is None
            if is_nobodys and begin is None:
                begin = place
            elif not is_nobodys and begin is not None:
                yield range(begin, places.stop if place is None else place)
                begin = None

    def _give(self, run: range) -> None:
        """Gives a few words to the utterance that is nearest; what is more, or further away, was missed altogether."""
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
        """Ties utterances to the next one where it is not clear which of the new words are whose."""
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

    def _is_in_others(self, number: int, stood: Sequence[Token], new: range) -> bool:
        """Whether an utterance that gets none of the new words was heard all the same, in the words of others."""
        if any(self._owners[place] == number for place in new):
            return False
        start, end = stood[0].start_ms, stood[-1].end_ms
        covered = sum(
            max(0, min(end, self._new[place].end_ms) - max(start, self._new[place].start_ms)) for place in new
        )
        return covered * 3 > end - start

    def _missing(self) -> Iterator[Difference]:
        """Each passage, or what of it is missing, as an utterance of its own."""
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

    def _difference(self, said: dict[int, list[Token]]) -> Iterator[Difference]:
        """The difference that a group of utterances is, where it is one; `said` is what each would read."""
        heard = [token for tokens in said.values() for token in tokens]
        stood = [token for number in said for token in self._stood[number]]
        if not heard or spelled(heard) == spelled(stood):
            return
        if len(said) == 1:
            for number, tokens in said.items():
                yield from self._alone(number, tokens)
            return
        yield tuple(
            replace(self._part(number, tokens), overwrites=self._standing[number].corrected)
            for number, tokens in said.items()
            if spelled(tokens) != spelled(self._stood[number])
        )

    def _alone(self, number: int, tokens: Sequence[Token]) -> Iterator[Difference]:
        """One sentence; what somebody has corrected in it by hand, and reads again as it did before, is no news."""
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
            start = tokens[0].start_ms
        if number != self._utterances[-1]:
            following = self._standing[number + 1].start_ms
            if utterance.end_ms <= following < end <= following + _STABLE_MS:
                end = following
        return self._made(number, start, end, tokens)

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
        language = self._heard[passages[0]].language if passages else ""
        return RowChange(of, start, end, in_text(join(words)), words, language, passages)


def tokens_standing(utterance: Standing, number: int) -> list[Token]:
    words: Sequence[Word] = utterance.words
    if in_text(join(list(words))) != in_text(utterance.text):
        words = realigned(utterance.text, words, utterance.start_ms, utterance.end_ms)
    return tokens_of(words, number)


def _tokens_of_text(text: str) -> list[Token]:
    return tokens_of([Word(0, 0, f" {part}", 1.0) for part in text.split()], 0)
