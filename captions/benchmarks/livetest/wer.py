"""Word error rate, and the word alignment below it, with nothing but what the product itself installs."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_APOSTROPHES = re.compile("['\u2018\u2019\u02bc`\u00b4]")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class WerResult:
    """`errors` (substitutions, deletions and insertions) against a reference of `words` words."""

    errors: int
    words: int

    @property
    def rate(self) -> float:
        """Errors per word of the reference; without one, 1.0 when anything was invented, else 0.0."""
        if self.words:
            return self.errors / self.words
        return 1.0 if self.errors else 0.0


def normalise(text: str) -> list[str]:
    """The words of `text` as they are compared: no case, punctuation or apostrophes, hyphens as spaces."""
    plain = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return _WORD.findall(plain.replace("_", " "))


def align(
    reference: Sequence[str], hypothesis: Sequence[str], *, unfinished: bool = False
) -> list[tuple[int | None, int | None]]:
    """Pairs positions of two word lists with the fewest edits; None stands for a missing partner.

    Where `unfinished`, the hypothesis is compared with the beginning of the reference that it fits best, the shortest
    of those, and what follows is left out.
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
    """Compares a reference, given as words or longer stretches of text, with what was recognised."""
    reference = normalise(" ".join(reference_words))
    hypothesis = normalise(hypothesis_text)
    errors = sum(
        1
        for left, right in align(reference, hypothesis)
        if left is None or right is None or reference[left] != hypothesis[right]
    )
    return WerResult(errors, len(reference))
