"""From passages to subtitles: as few and as readable as the rules allow, in order, never overlapping.

Where the cues of one passage may lie follows from the times of the passages alone, so another text in one of them
changes no cue of the others.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ...speech.passage import Passage
from .division import divide
from .lines import Ruler
from .options import DEFAULTS, CueRules
from .pieces import columns, pieces_of

_FOREVER_MS = 1 << 62
# A cue stays until the next one comes rather than that the picture is bare for so short a time.
_FLICKER_MS = 200


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle; `end_ms` is after `start_ms`, and no line is empty."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]

    @property
    def columns(self) -> int:
        """How much there is to read."""
        return sum(map(columns, self.lines))

    def is_faster_than(self, columns_a_second: int) -> bool:
        return self.columns * 1000 > (self.end_ms - self.start_ms) * columns_a_second


def cues(passages: Iterable[Passage], rules: CueRules = DEFAULTS.cues) -> Iterator[Cue]:
    """The cues of passages that come in the order of `start_ms`; reads one passage ahead."""
    free_ms = 0
    for passage, limit_ms in in_turn(passages):
        for cue in _cues_of(passage, limit_ms, rules):
            if cue.start_ms < free_ms:
                # More cues than milliseconds: each gets one.
                cue = replace(cue, start_ms=free_ms, end_ms=max(cue.end_ms, free_ms + 1))
            free_ms = cue.end_ms
            yield cue


def in_turn(passages: Iterable[Passage]) -> Iterator[tuple[Passage, int]]:
    """The passages in which something is said, without overlaps, each with the time at which the next one begins."""
    last: Passage | None = None
    for passage in passages:
        if not passage.text or passage.text.isspace():
            continue
        passage = _begun_after(last.end_ms if last else 0, passage)
        if last is not None:
            yield last, passage.start_ms
        last = passage
    if last is not None:
        yield last, _FOREVER_MS


def _begun_after(free_ms: int, passage: Passage) -> Passage:
    """A passage that would begin too early loses its beginning; one that would lose half of itself waits."""
    start_ms = max(passage.start_ms, free_ms)
    length_ms = passage.end_ms - passage.start_ms
    delay_ms = start_ms - passage.start_ms
    if delay_ms * 2 > length_ms:
        words = tuple(word.shifted(delay_ms) for word in passage.words)
        return replace(passage, start_ms=start_ms, end_ms=start_ms + max(length_ms, 1), words=words)
    if delay_ms or length_ms < 1:
        return replace(passage, start_ms=start_ms, end_ms=max(passage.end_ms, start_ms + 1))
    return passage


def _cues_of(passage: Passage, limit_ms: int, rules: CueRules) -> Iterator[Cue]:
    pieces = pieces_of(passage, rules.columns)
    if not pieces:
        return
    # The first and the last word were there as long as the passage says.
    pieces[0] = pieces[0]._replace(start_ms=passage.start_ms)
    if passage.end_ms - pieces[-1].end_ms < rules.shortest_ms:
        pieces[-1] = pieces[-1]._replace(end_ms=passage.end_ms)
    ruler = Ruler(pieces, rules.columns, passage.language)
    begin_ms = passage.start_ms
    for start, end in divide(ruler, rules, limit_ms):
        next_ms = pieces[end].start_ms if end < len(pieces) else limit_ms
        lines = ruler.wrap(start, end, rules.lines)
        readable_ms = -(ruler.width(start, end) * 1000 // -rules.fast)
        end_ms = max(pieces[end - 1].end_ms, begin_ms + max(readable_ms, rules.shortest_ms))
        if next_ms - end_ms < _FLICKER_MS:
            end_ms = next_ms
        end_ms = max(min(end_ms, begin_ms + rules.longest_ms, next_ms), begin_ms + 1)
        yield Cue(begin_ms, end_ms, lines)
        begin_ms = max(next_ms, end_ms)
