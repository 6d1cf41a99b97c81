"""Words that went wrong on the way from sound to page, counted. Pure."""

from collections.abc import Sequence

from ..livetest.measure import Event, finals_in_time, partials_by_utterance
from ..livetest.wer import align, normalise

_NEIGHBOURS = 8
"""How many words away the first of two equal words may be for the second to count as doubled."""


def lost(reference: Sequence[str], offline: Sequence[str], live: Sequence[str]) -> int:
    """Words of the reference that have something in their place offline and nothing in the live text."""
    return len(_missing(reference, live) - _missing(reference, offline))


def doubled(reference: Sequence[str], offline: Sequence[str], live: Sequence[str]) -> int:
    """Words that the live text has too many and that stand near it once more, beyond those of the offline text."""
    return max(0, _repeated(reference, live) - _repeated(reference, offline))


def rewritten(events: Sequence[Event]) -> int:
    """Words that were shown as stable and then changed: in a later partial, or in the final."""
    partials = partials_by_utterance(events)
    return sum(
        _rewritten(final, partials.get(final.message["utterance"], [])) for final in finals_in_time(events)
    )


def _rewritten(final: Event, partials: Sequence[Event]) -> int:
    count = 0
    before: list[str] = []
    for event in partials:
        now = normalise(event.message["stable"])
        count += _not_kept(before, now)
        before = now
    return count + _not_kept(before, normalise(final.message["text"]))


def _not_kept(before: Sequence[str], after: Sequence[str]) -> int:
    """Words of `before` that `after`, which should begin with them, does not have."""
    if list(after[: len(before)]) == list(before):
        return 0
    return sum(
        old is not None and (new is None or before[old] != after[new])
        for new, old in align(after, before, unfinished=True)
    )


def _missing(reference: Sequence[str], heard: Sequence[str]) -> set[int]:
    return {said for said, at in align(reference, heard) if said is not None and at is None}


def _repeated(reference: Sequence[str], heard: Sequence[str]) -> int:
    return sum(
        at is not None
        and said is None
        and heard[at] in (*heard[max(0, at - _NEIGHBOURS) : at], *heard[at + 1 : at + 1 + _NEIGHBOURS])
        for said, at in align(reference, heard)
    )
