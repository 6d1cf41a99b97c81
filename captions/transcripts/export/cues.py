"""From passages to subtitles: at most two lines of 42 columns and seven seconds, in order, never overlapping."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from .lines import break_cost, wrap
from .pieces import Piece, pieces_of
from .transcript import Passage

MAX_MS = 7_000
MIN_MS = 1_000
PAUSE_MS = 1_500

# Two full lines of pieces that are a column wide.
_MOST_PIECES = 84
_CUE_COST = 40
_SHORT_COST = 60
_LONG_COST = 10_000


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle; `end_ms` is after `start_ms`, and neither line is empty."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


def cues(passages: Iterable[Passage]) -> Iterator[Cue]:
    """The cues of passages that come in the order of `start_ms`."""
    last: Cue | None = None
    for passage in passages:
        for cue in _cues_of(passage):
            if last is None:
                last = cue
                continue
            before, last = _apart(last, cue)
            yield before
    if last is not None:
        yield _timed(last, last.start_ms + MAX_MS)


def _apart(cue: Cue, following: Cue) -> tuple[Cue, Cue]:
    """Ends `cue` before `following` begins; where that would leave too little of it, the later one waits."""
    if following.start_ms < cue.start_ms + _least_ms(cue):
        start_ms = max(cue.end_ms, cue.start_ms + 1)
        following = Cue(start_ms, max(following.end_ms, start_ms + _least_ms(following)), following.lines)
    return _timed(cue, following.start_ms), following


def _least_ms(cue: Cue) -> int:
    return max(1, min(MIN_MS, cue.end_ms - cue.start_ms))


def _timed(cue: Cue, limit_ms: int) -> Cue:
    """Stretches a cue to be readable and cuts it to be no longer than allowed; it ends at `limit_ms` at the latest."""
    end_ms = min(max(cue.end_ms, cue.start_ms + MIN_MS), cue.start_ms + MAX_MS, limit_ms)
    return replace(cue, end_ms=max(end_ms, cue.start_ms + 1))


def _cues_of(passage: Passage) -> Iterator[Cue]:
    pieces = pieces_of(passage)
    if not pieces:
        return
    start_ms = max(passage.start_ms, 0)
    end_ms = max(passage.end_ms, start_ms + 1)
    whole = wrap(pieces)
    if whole and end_ms - start_ms <= MAX_MS and not _has_pause(pieces):
        yield Cue(start_ms, end_ms, whole)
        return
    groups = _split(pieces)
    for number, (group, lines) in enumerate(groups):
        yield Cue(
            start_ms if number == 0 else group[0].start_ms,
            end_ms if number == len(groups) - 1 and end_ms - group[-1].end_ms < MIN_MS else group[-1].end_ms,
            lines,
        )


def _has_pause(pieces: list[Piece]) -> bool:
    return any(_pause(pieces, index) for index in range(1, len(pieces)))


def _pause(pieces: list[Piece], index: int) -> bool:
    """Whether nothing was said for long before the piece at `index`."""
    return pieces[index].start_ms - pieces[index - 1].end_ms >= PAUSE_MS


def _split(pieces: list[Piece]) -> list[tuple[list[Piece], tuple[str, ...]]]:
    """The cheapest division into cues: few, broken where it reads well, none too short. Dynamic programming."""
    best: list[tuple[float, int, tuple[str, ...]]] = [(0, 0, ())]
    for end in range(1, len(pieces) + 1):
        candidates = []
        for start in range(end - 1, max(-1, end - 1 - _MOST_PIECES), -1):
            group = pieces[start:end]
            lines = wrap(group)
            if lines is None:
                break
            cost = best[start][0] + _cost(pieces, start, end)
            candidates.append((cost, start, lines))
            if start and _pause(pieces, start):
                break
        best.append(min(candidates, key=lambda candidate: candidate[0]))
    groups = []
    end = len(pieces)
    while end:
        _, start, lines = best[end]
        groups.append((pieces[start:end], lines))
        end = start
    return groups[::-1]


def _cost(pieces: list[Piece], start: int, end: int) -> float:
    length = pieces[end - 1].end_ms - pieces[start].start_ms
    cost = float(_CUE_COST)
    if end < len(pieces) and not _pause(pieces, end):
        cost += break_cost(pieces[end - 1], pieces[end])
    if length < MIN_MS:
        cost += _SHORT_COST * (1 - length / MIN_MS)
    if length > MAX_MS and end - start > 1:
        cost += _LONG_COST
    return cost
