"""Aligns the tokens of two transcripts of the same sound."""

from collections.abc import Sequence

from ..core.matching import BoundedMatcher
from .spoken import Token

Pair = tuple[int, int]

# The most tokens of each side that are compared at once; a longer speech without pauses is compared in pieces.
_AT_ONCE = 400
# A piece may end only within this many equal tokens in a row.
_SURE = 3


def aligned(old: Sequence[Token], new: Sequence[Token]) -> list[Pair]:
    """Pairs of indices in `old` and `new` of equal tokens, ascending in both. Both are in the order of time."""
    pairs: list[Pair] = []
    old_from = new_from = 0
    while old_from < len(old) and new_from < len(new):
        old_to = min(old_from + _AT_ONCE, len(old))
        new_to = min(new_from + _AT_ONCE, len(new))
        is_last = (old_to, new_to) == (len(old), len(new))
        if not is_last:
            old_to, new_to = _level(old, new, old_from, new_from, old_to, new_to)
        found = _matched(old, new, old_from, old_to, new_from, new_to)
        if is_last:
            return pairs + found
        cut = _cut(found, old_from, old_to)
        if cut is None:
            pairs += found
            old_from, new_from = old_to, new_to
        else:
            pairs += found[:cut]
            old_from, new_from = found[cut]
    return pairs


def _level(
    old: Sequence[Token], new: Sequence[Token], old_from: int, new_from: int, old_to: int, new_to: int
) -> Pair:
    """The ends of a piece in both, moved back to about the same time; no side becomes empty."""
    until = min(old[old_to - 1].end_ms, new[new_to - 1].end_ms)
    while old_to > old_from + 1 and old[old_to - 1].start_ms >= until:
        old_to -= 1
    while new_to > new_from + 1 and new[new_to - 1].start_ms >= until:
        new_to -= 1
    return old_to, new_to


def _matched(
    old: Sequence[Token], new: Sequence[Token], old_from: int, old_to: int, new_from: int, new_to: int
) -> list[Pair]:
    before = [token.key for token in old[old_from:old_to]]
    after = [token.key for token in new[new_from:new_to]]
    blocks = BoundedMatcher(before, after).get_matching_blocks()
    return [
        (old_from + place + step, new_from + other + step)
        for place, other, size in blocks
        for step in range(size)
    ]


def _cut(found: Sequence[Pair], old_from: int, old_to: int) -> int | None:
    """The index of the last pair within a run of _SURE adjacent pairs; None if the piece's second half has none."""
    half = (old_from + old_to) // 2
    for number in range(len(found) - _SURE, 0, -1):
        if found[number][0] < half:
            return None
        run = found[number - 1 : number + _SURE - 1]
        if run[-1] == (run[0][0] + _SURE - 1, run[0][1] + _SURE - 1):
            return number
    return None
