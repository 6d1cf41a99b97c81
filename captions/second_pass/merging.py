"""Merges a second pass into an utterance that was corrected by hand, keeping the corrections (a three-way merge)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ..core.matching import BoundedMatcher
from .spoken import Token


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged tokens of an utterance. `keeps`: some corrections are in them; `overwrites`: some are not.

    A correction is overwritten if the second pass differs from the first one at the same place.
    """

    tokens: list[Token]
    keeps: bool
    overwrites: bool


def merged(stands: Sequence[Token], first: Sequence[Token], again: Sequence[Token]) -> Merged:
    """Merges the corrected text `stands` with the second pass `again`; both derive from the text `first`.

    Where `again` agrees with `first`, the words of `stands` are used, elsewhere those of `again`.
    """
    mine, heard, theirs = _places(first, stands), [token.key for token in first], _places(first, again)
    # Tokens that are the same in all three separate the places where something was changed.
    same = [
        (place, mine[place], theirs[place])
        for place in range(len(first))
        if place in mine and place in theirs
    ]
    tokens: list[Token] = []
    keeps = overwrites = False
    edges = [(-1, -1, -1), *same, (len(first), len(stands), len(again))]
    for (heard_from, mine_from, theirs_from), (heard_to, mine_to, theirs_to) in pairwise(edges):
        then = heard[heard_from + 1 : heard_to]
        corrected, now = stands[mine_from + 1 : mine_to], again[theirs_from + 1 : theirs_to]
        is_corrected, is_other = _keys(corrected) != then, _keys(now) != then
        if is_corrected and not is_other:
            # A negative source, so that `words_of` does not join pieces of words from different texts.
            tokens += [replace(token, source=-1 - token.source) for token in corrected]
            keeps = True
        else:
            tokens += now
            overwrites |= is_corrected and _keys(corrected) != _keys(now)
        tokens += again[theirs_to : theirs_to + 1]
    return Merged(tokens, keeps, overwrites)


def _places(first: Sequence[Token], later: Sequence[Token]) -> dict[int, int]:
    """Index in `first` to index in `later`, for the tokens that both have."""
    matcher = BoundedMatcher(_keys(first), _keys(later))
    return {
        block.a + step: block.b + step
        for block in matcher.get_matching_blocks()
        for step in range(block.size)
    }


def _keys(tokens: Sequence[Token]) -> list[str]:
    return [token.key for token in tokens]
