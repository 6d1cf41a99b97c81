"""Divides passages into cues: as few and as readable as the rules allow, in order, never overlapping.

The time available to a passage's cues depends only on the times of the passages, so editing the text of one passage
never changes the cues of another.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ...speech.passage import Passage
from ...speech.speakers import Speakers
from .division import divide
from .lines import Ruler
from .options import DEFAULTS, CueRules
from .pieces import columns, pieces_of

_FOREVER_MS = 1 << 62
# A gap between two cues that is shorter than this would flicker, so the first cue stays until the second begins.
_FLICKER_MS = 200


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle, in session time; `end_ms` is after `start_ms`, and no line is empty.

    `language` is that of its passage, empty if unknown, and `speaker` the name of who says it, empty where nobody needs
    to be told apart.
    """

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    language: str = ""
    speaker: str = ""

    @property
    def columns(self) -> int:
        """The width of all lines together, in columns."""
        return sum(map(columns, self.lines))

    def is_faster_than(self, columns_a_second: int) -> bool:
        return self.columns * 1000 > (self.end_ms - self.start_ms) * columns_a_second


def cues(
    passages: Iterable[Passage],
    rules: CueRules = DEFAULTS.cues,
    speakers: Speakers | None = None,
) -> Iterator[Cue]:
    """Yields the cues of passages, which come in the order of `start_ms`; reads one passage ahead.

    `speakers` are the names of those who speak, if they are to be told apart.
    """
    free_ms = 0
    for passage, limit_ms in in_turn(passages):
        for cue in _cues_of(passage, limit_ms, rules):
            if cue.start_ms < free_ms:
                # A passage with more cues than milliseconds: each cue gets 1 ms.
                cue = replace(cue, start_ms=free_ms, end_ms=max(cue.end_ms, free_ms + 1))
            free_ms = cue.end_ms
            yield replace(cue, speaker=speakers.name(passage.shared, passage.speaker)) if speakers else cue


def in_turn(passages: Iterable[Passage]) -> Iterator[tuple[Passage, int]]:
    """Yields the passages that have text, without overlaps, each with the time at which the next one begins."""
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
    """The passage, beginning no earlier than `free_ms`: it is shortened, or moved if it would lose more than half."""
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
    # Word times are less certain than the passage's: the first word begins with it and the last one ends with it.
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
        yield Cue(begin_ms, end_ms, lines, passage.language)
        begin_ms = max(next_ms, end_ms)
