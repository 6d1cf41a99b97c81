"""Word error rate and word alignment, without any dependency that is not needed to run the server."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_APOSTROPHES = re.compile("['\u2018\u2019\u02bc`\u00b4]")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class WerResult:
    """The number of substitutions, deletions and insertions, and the number of words of the reference."""

    errors: int
    words: int

    @property
    def rate(self) -> float:
        """Errors per word of the reference; for an empty reference 1.0 if there are errors, else 0.0."""
        if self.words:
            return self.errors / self.words
        return 1.0 if self.errors else 0.0


def normalise(text: str) -> list[str]:
    """The words of `text` without case, punctuation and apostrophes; hyphens separate words."""
    plain = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return _WORD.findall(plain.replace("_", " "))


def align(
    reference: Sequence[str], hypothesis: Sequence[str], *, unfinished: bool = False
) -> list[tuple[int | None, int | None]]:
    """Pairs of positions in two word lists, with the fewest edits (Levenshtein); None for a missing partner.

    If `unfinished`, the hypothesis is aligned with the prefix of the reference that fits best (the shortest one, if
    several do), and the rest of the reference is left out.
    """
    rows, columns = len(reference), len(hypothesis)
    cost = [list(range(columns + 1))]
    for row in range(1, rows + 1):
        above, here = cost[-1], [row]
        word = reference[row - 1]
        for column in range(1, columns + 1):
            here.append(
                min(
                    above[column - 1] + (word != hypothesis[column - 1]),
                    above[column] + 1,
                    here[column - 1] + 1,
                )
            )
        cost.append(here)

    pairs: list[tuple[int | None, int | None]] = []
    row = min(range(rows + 1), key=lambda end: cost[end][columns]) if unfinished else rows
    column = columns
    while row or column:
        here_cost = cost[row][column]
        if row and column:
            differs = reference[row - 1] != hypothesis[column - 1]
            if here_cost == cost[row - 1][column - 1] + differs:
                row, column = row - 1, column - 1
                pairs.append((row, column))
                continue
        if row and here_cost == cost[row - 1][column] + 1:
            row -= 1
            pairs.append((row, None))
        else:
            column -= 1
            pairs.append((None, column))
    pairs.reverse()
    return pairs


def wer(reference_words: Iterable[str], hypothesis_text: str) -> WerResult:
    """The word error rate of a text against a reference, given as words or longer pieces of text."""
    reference = normalise(" ".join(reference_words))
    hypothesis = normalise(hypothesis_text)
    errors = sum(
        1
        for left, right in align(reference, hypothesis)
        if left is None or right is None or reference[left] != hypothesis[right]
    )
    return WerResult(errors, len(reference))
