"""Divides the pieces of a passage into cues."""

from .breaks import BAD_BREAK
from .lines import Ruler
from .options import CueRules

PAUSE_MS = 1_500
"""A silence this long within a passage always ends a cue, and so does a line break that was dictated."""

# Costs of a cue, added to the cost of the break after it. The cost of a cue that is read too fast grows with the square
# of its text, so that two shorter cues cost less if there is a good place to divide them.
_CUE = 40
_SHORT = 400
_FAST = 160
_LONG = 100_000
_NEVER = float("inf")


def divide(ruler: Ruler, rules: CueRules, limit_ms: int) -> list[tuple[int, int]]:
    """The cues of a passage as index ranges of its pieces, (start, end) with `end` exclusive.

    There are as few as possible, divided where it reads well, none too short. The last cue has to end by `limit_ms`.
    """
    pieces = ruler.pieces
    count = len(pieces)
    pauses = {
        index
        for index in range(1, count)
        if pieces[index].begins or pieces[index].start_ms - pieces[index - 1].end_ms >= PAUSE_MS
    }
    if not pauses and ruler.reach(0, rules.lines) == count:
        spoken_ms = pieces[-1].end_ms - pieces[0].start_ms
        shown_ms = min(limit_ms - pieces[0].start_ms, rules.longest_ms)
        if spoken_ms <= rules.longest_ms and ruler.width(0, count) * 1000 <= shown_ms * rules.too_fast:
            return [(0, count)]
    return _cheapest(ruler, rules, limit_ms, pauses)


def _cheapest(ruler: Ruler, rules: CueRules, limit_ms: int, pauses: set[int]) -> list[tuple[int, int]]:
    """Dynamic programming over the places where a cue may end. Most of an export's time goes into the inner loop."""
    count = len(ruler.pieces)
    starts = [piece.start_ms for piece in ruler.pieces] + [limit_ms]
    ends = [0] + [piece.end_ms for piece in ruler.pieces]
    offsets = ruler.offsets
    shortest_ms, longest_ms, too_fast = rules.shortest_ms, rules.longest_ms, rules.too_fast
    fast = _FAST / (rules.columns * rules.lines) ** 2
    places = _places(ruler, rules, pauses)
    best = [_NEVER] * (count + 1)
    best[0] = 0.0
    came = [0] * (count + 1)
    for number, (start, _, far) in enumerate(places):
        start_ms = starts[start]
        before = offsets[start] + ruler.pieces[start].spaced if start < count else 0
        so_far = best[start] + _CUE
        for end, cost, _ in places[number + 1 :]:
            if end > far:
                break
            cost += so_far
            if ends[end] - start_ms > longest_ms:
                if end > places[number + 1][0]:
                    break
                cost += _LONG
            shown_ms = starts[end] - start_ms
            if shown_ms < shortest_ms:
                cost += _SHORT * (1 - shown_ms / shortest_ms)
            elif shown_ms > longest_ms:
                shown_ms = longest_ms
            columns = offsets[end] - before
            if columns * 1000 > shown_ms * too_fast:
                cost += fast * columns * columns
            if cost < best[end]:
                best[end] = cost
                came[end] = start
            if end in pauses:
                break
    cues = []
    end = count
    while end:
        cues.append((came[end], end))
        end = came[end]
    return cues[::-1]


def _places(ruler: Ruler, rules: CueRules, pauses: set[int]) -> list[tuple[int, float, int]]:
    """The places where a cue may begin or end: (index, cost of ending a cue there, reach of a cue that begins there).

    Bad breaks are included only where a cue cannot reach from one good place to the next.
    """
    pieces = ruler.pieces
    last = 0
    far = ruler.reach(0, rules.lines)
    places: list[tuple[int, float, int]] = [(0, 0.0, far)]
    for end in range(1, len(pieces) + 1):
        forced = end == len(pieces) or end in pauses
        if not forced and ruler.breaks[end] >= BAD_BREAK:
            continue
        if end > far or pieces[end - 1].end_ms - pieces[last].start_ms > rules.longest_ms:
            places += [
                (index, ruler.breaks[index], ruler.reach(index, rules.lines))
                for index in range(last + 1, end)
            ]
        last, far = end, ruler.reach(end, rules.lines)
        places.append((end, 0 if forced else ruler.breaks[end], far))
    return places
