"""Words that went wrong on the way from sound to page, counted. Pure."""

from collections.abc import Sequence
from itertools import pairwise

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
    return corrected(events) + sum(
        _not_kept(before, after) for _, stable in _stable_texts(events) for before, after in pairwise(stable)
    )


def corrected(events: Sequence[Event]) -> int:
    """Words that were stable to the end and then changed in the final."""
    return sum(
        _not_kept(stable[-1], normalise(final.message["text"]))
        for final, stable in _stable_texts(events)
        if stable
    )


def _stable_texts(events: Sequence[Event]) -> list[tuple[Event, list[list[str]]]]:
    """Each final, and what was stable in each partial before it."""
    partials = partials_by_utterance(events)
    return [
        (
            final,
            [normalise(event.message["stable"]) for event in partials.get(final.message["utterance"], [])],
        )
        for final in finals_in_time(events)
    ]


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
