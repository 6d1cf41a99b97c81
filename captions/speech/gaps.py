"""Finds the gaps of a session: time ranges whose words may not be saved. Times are milliseconds of the session."""

from collections.abc import Iterable

from .types import TimeRange

# How far the last word of an utterance may end after its sound, because word times are inexact.
_SLACK_MS = 500


def missing(settled_ms: int, written_until_ms: int, until_ms: int) -> TimeRange | None:
    """The gap of a session that its worker has left at `until_ms`; None if there is none.

    Up to `settled_ms`, as the worker reported it, all speech is saved or noted as a gap. `written_until_ms` is the end
    of the last saved utterance, which counts only if it is clearly later.
    """
    start = settled_ms if written_until_ms <= settled_ms + _SLACK_MS else written_until_ms
    return TimeRange(start, until_ms) if start < until_ms else None


def merged(ranges: Iterable[TimeRange]) -> list[TimeRange]:
    """The same time in as few ranges as possible, in order; those that are empty are left out."""
    found: list[TimeRange] = []
    for each in sorted(ranges, key=lambda each: each.start_ms):
        if found and each.start_ms <= found[-1].end_ms:
            found[-1] = TimeRange(found[-1].start_ms, max(found[-1].end_ms, each.end_ms))
        elif each.start_ms < each.end_ms:
            found.append(each)
    return found


def outside(taken: Iterable[TimeRange], ranges: Iterable[TimeRange]) -> list[TimeRange]:
    """What is left of the ranges, which are in order, outside of those that are `taken`."""
    left = list(ranges)
    for each in taken:
        pieces = [
            piece
            for one in left
            for piece in (
                TimeRange(one.start_ms, min(one.end_ms, each.start_ms)),
                TimeRange(max(one.start_ms, each.end_ms), one.end_ms),
            )
        ]
        left = [piece for piece in pieces if piece.start_ms < piece.end_ms]
    return left


def without(gap: TimeRange, start_ms: int, end_ms: int, settled_ms: int) -> TimeRange | None:
    """What remains of a gap after an utterance was saved; None if nothing does.

    The utterance lies from `start_ms` to `end_ms`, and its sound ends at `settled_ms`. Utterances are saved in order:
    one in the gap closes it up to there, one elsewhere changes nothing.
    """
    if not gap.start_ms <= (start_ms + end_ms) // 2 < gap.end_ms:
        return gap
    start = max(gap.start_ms, settled_ms)
    return TimeRange(start, gap.end_ms) if start < gap.end_ms else None
