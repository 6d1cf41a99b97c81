"""Which stretch of a session's clock may hold words that nobody has written down. Times are its milliseconds."""

from .types import TimeRange

# How far the last word of an utterance may stand behind the sound that it was heard in.
_SLACK_MS = 500


def missing(settled_ms: int, written_until_ms: int, until_ms: int) -> TimeRange | None:
    """What is missing when nobody hears a session any more, whose clock stands at `until_ms`; None when nothing is.

    Up to `settled_ms` all that was said is written down or noted, as the worker said itself; the last utterance ends at
    `written_until_ms`. That one counts only where the worker said nothing of itself: a word's time is not so sure.
    """
    start = settled_ms if written_until_ms <= settled_ms + _SLACK_MS else written_until_ms
    return TimeRange(start, until_ms) if start < until_ms else None


def without(gap: TimeRange, start_ms: int, end_ms: int, settled_ms: int) -> TimeRange | None:
    """What is still missing once an utterance was saved whose sound ends at `settled_ms`; None when nothing is.

    It stands from `start_ms` to `end_ms`. Utterances are saved in the order of speaking: what stands in the stretch
    settles all before it, what stands elsewhere nothing.
    """
    if not gap.start_ms <= (start_ms + end_ms) // 2 < gap.end_ms:
        return gap
    start = max(gap.start_ms, settled_ms)
    return TimeRange(start, gap.end_ms) if start < gap.end_ms else None
