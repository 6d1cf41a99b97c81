"""What a second hearing changes in a sentence that somebody has corrected by hand, so that the corrections stay."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise

from .spoken import Token


@dataclass(frozen=True, slots=True)
class Merged:
    """A sentence made of two. `keeps` says that words of a person are in it which were heard otherwise, `overwrites`
    that some are not, since both they and the second hearing have changed what was heard first."""

    tokens: list[Token]
    keeps: bool
    overwrites: bool


def merged(stands: Sequence[Token], first: Sequence[Token], again: Sequence[Token]) -> Merged:
    """The words of `again`, and those of `stands` wherever these were `first` heard as they are now: what is other
    there is a correction."""
    mine, heard, theirs = _places(first, stands), [token.key for token in first], _places(first, again)
    # What is the same in all three parts the stretches in which something was changed.
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
            # Of another source, so that no word of one is taken for a piece of one of the other.
            tokens += [replace(token, source=-1 - token.source) for token in corrected]
            keeps = True
        else:
            tokens += now
            overwrites |= is_corrected and _keys(corrected) != _keys(now)
        tokens += again[theirs_to : theirs_to + 1]
    return Merged(tokens, keeps, overwrites)


def _places(first: Sequence[Token], later: Sequence[Token]) -> dict[int, int]:
    """Where words that were heard first stand later, of those that do."""
    matcher = SequenceMatcher(None, _keys(first), _keys(later), autojunk=False)
    return {
        block.a + step: block.b + step
        for block in matcher.get_matching_blocks()
        for step in range(block.size)
    }


def _keys(tokens: Sequence[Token]) -> list[str]:
    return [token.key for token in tokens]
