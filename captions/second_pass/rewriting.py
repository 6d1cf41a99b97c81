"""Compares an automatic second pass with the transcript: utterances take over text, punctuation and borders.

Unlike in `comparing`, the user does not decide on each difference. So utterances that a person has edited are left
alone, and so are those that would lose text.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from ..speech.coverage import is_unclear
from ..speech.passage import Passage
from ..speech.types import Word
from .aligning import aligned
from .comparing import Difference, RowChange, Standing, tokens_standing
from .spoken import in_order, tokens_of

# Equal words that are farther apart than this are different words.
_SAME_MS = 2_000
# Notes are placed by the beginnings of utterances, so a beginning that would move by at most this much stays.
_STABLE_MS = 500


def rewritten(
    standing: Sequence[Standing], new_passages: Sequence[Passage], touched: Collection[int] = ()
) -> list[Difference]:
    """The differences in the order of time, each of as few utterances as possible.

    Both arguments are in the order of time, and in session time. The utterances with the indices `touched` stay, and
    so do those that share a passage with them.
    """
    found: list[Difference] = []
    for rows, passages in _pieces(standing, new_passages):
        if not passages or any(row in touched for row in rows):
            continue
        stands, anew = [standing[row] for row in rows], [new_passages[passage] for passage in passages]
        if [row.text for row in stands] == [passage.text for passage in anew] or _says_less(stands, anew):
            continue
        found.append(tuple(_parts(rows, passages, standing, new_passages)))
    return found


def _pieces(standing: Sequence[Standing], new_passages: Sequence[Passage]) -> Iterator[tuple[range, range]]:
    """Yields index ranges of utterances and passages that have the same speech; the ranges do not overlap."""
    # For each utterance the end of the passages linked to it, and for each passage that of the utterances.
    row_reach: dict[int, int] = defaultdict(int)
    passage_reach: dict[int, int] = defaultdict(int)
    for one, other in _links(standing, new_passages):
        row_reach[one] = max(row_reach[one], other + 1)
        passage_reach[other] = max(passage_reach[other], one + 1)
    row = passage = 0
    while row < len(standing) or passage < len(new_passages):
        rows, passages = row, passage
        # The one that begins first opens a piece; everything linked to it, directly or not, belongs to the piece.
        if passage == len(new_passages) or (
            row < len(standing) and standing[row].start_ms <= new_passages[passage].start_ms
        ):
            rows += 1
        else:
            passages += 1
        seen_rows, seen_passages = row, passage
        while seen_rows < rows or seen_passages < passages:
            if seen_rows < rows:
                passages = max(passages, row_reach[seen_rows])
                seen_rows += 1
            else:
                rows = max(rows, passage_reach[seen_passages])
                seen_passages += 1
        yield range(row, rows), range(passage, passages)
        row, passage = rows, passages


def _links(standing: Sequence[Standing], new_passages: Sequence[Passage]) -> set[tuple[int, int]]:
    """Pairs of utterance and passage that share a word, or that overlap for most of the shorter one."""
    old = [token for number, row in enumerate(standing) for token in tokens_standing(row, number)]
    new = in_order(
        token for number, passage in enumerate(new_passages) for token in tokens_of(passage.words, number)
    )
    links = {
        (old[one].source, new[other].source)
        for one, other in aligned(old, new)
        if abs(old[one].middle_ms - new[other].middle_ms) <= _SAME_MS
    }
    return links | set(_over_each_other(standing, new_passages))


def _over_each_other(
    standing: Sequence[Standing], new_passages: Sequence[Passage]
) -> Iterator[tuple[int, int]]:
    first = 0
    for row, stands in enumerate(standing):
        while first < len(new_passages) and new_passages[first].end_ms <= stands.start_ms:
            first += 1
        for passage in range(first, len(new_passages)):
            new = new_passages[passage]
            if new.start_ms >= stands.end_ms:
                break
            both_ms = min(stands.end_ms, new.end_ms) - max(stands.start_ms, new.start_ms)
            if both_ms * 2 > min(stands.end_ms - stands.start_ms, new.end_ms - new.start_ms):
                yield row, passage


def _says_less(stands: Sequence[Standing], anew: Sequence[Passage]) -> bool:
    """Whether the second pass is unclear where the transcript has words, or has less than half of its letters."""
    old = [word for row in stands for word in row.words if not is_unclear(word)]
    new = [word for passage in anew for word in passage.words]
    unclear = [word for word in new if is_unclear(word)]
    if any(
        each.start_ms <= (word.start_ms + word.end_ms) // 2 < each.end_ms for each in unclear for word in old
    ):
        return True
    return 2 * _letters(word for word in new if not is_unclear(word)) < _letters(old)


def _letters(words: Iterable[Word]) -> int:
    return sum(character.isalnum() for word in words for character in word.text)


def _parts(
    rows: range, passages: range, standing: Sequence[Standing], new_passages: Sequence[Passage]
) -> Iterator[RowChange]:
    """Yields the changes: each passage replaces the utterance that it overlaps most.

    Utterances left over become empty; passages left over become new utterances.
    """
    taken = dict(_places(rows, passages, standing, new_passages))
    for row in rows:
        if row not in taken.values():
            stands = standing[row]
            yield RowChange(row, stands.start_ms, stands.end_ms, "", (), "", ())
    for passage in passages:
        new, place = new_passages[passage], taken.get(passage)
        start_ms, end_ms = new.start_ms, max(new.end_ms, new.start_ms + 1)
        if place is not None:
            before_ms = new_passages[passage - 1].end_ms if passage else 0
            stood_ms = standing[place].start_ms
            if abs(stood_ms - start_ms) <= _STABLE_MS and before_ms <= stood_ms < end_ms:
                start_ms = stood_ms
        yield RowChange(place, start_ms, end_ms, new.text, new.words, new.language, (passage,))


def _places(
    rows: range, passages: range, standing: Sequence[Standing], new_passages: Sequence[Passage]
) -> Iterator[tuple[int, int]]:
    """Yields pairs of passage and the utterance that it replaces, ascending in both."""
    free = rows.start
    for passage in passages:
        left = passages.stop - passage - 1
        candidates = range(free, max(free, rows.stop - left) if left < rows.stop - free else rows.stop)
        if not candidates:
            continue
        new = new_passages[passage]
        row = max(
            candidates,
            key=lambda each: (
                min(standing[each].end_ms, new.end_ms) - max(standing[each].start_ms, new.start_ms)
            ),
        )
        yield passage, row
        free = row + 1
