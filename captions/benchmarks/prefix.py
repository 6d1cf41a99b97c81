"""Aligns a growing text with the complete reference."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_Row = npt.NDArray[np.int32]


class PrefixAligner:
    """Aligns the text so far with the prefix of a reference that fits best (the shortest one, if several do).

    The alignment has the fewest edits, as in `livetest.wer.align`. It is incremental: the common beginning of two
    successive texts is not compared again.
    """

    def __init__(self, reference: Sequence[str]) -> None:
        self._numbers: dict[str, int] = {}
        self._reference = np.array([self._number(word) for word in reference], np.int32)
        self._steps = np.arange(len(reference) + 1, dtype=np.int32)
        self._heard: list[int] = []
        self._costs: list[_Row] = [self._steps]

    def matches(self, heard: Sequence[str]) -> list[tuple[int, int]]:
        """Pairs of positions, in the reference and in `heard`, of aligned words that are equal."""
        self._take([self._number(word) for word in heard])
        found: list[tuple[int, int]] = []
        row, column = len(self._heard), int(np.argmin(self._costs[-1]))
        while row and column:
            here, above = self._costs[row], self._costs[row - 1]
            differs = self._heard[row - 1] != self._reference[column - 1]
            if here[column] == above[column - 1] + differs:
                row, column = row - 1, column - 1
                if not differs:
                    found.append((column, row))
            elif here[column] == here[column - 1] + 1:
                column -= 1
            else:
                row -= 1
        found.reverse()
        return found

    def _take(self, heard: list[int]) -> None:
        same = 0
        for before, now in zip(self._heard, heard, strict=False):
            if before != now:
                break
            same += 1
        del self._costs[same + 1 :]
        for word in heard[same:]:
            above = self._costs[-1]
            here = above + 1
            here[1:] = np.minimum(here[1:], above[:-1] + (self._reference != word))
            # Each missing word costs 1: the minimum over all earlier columns plus the distance from there.
            self._costs.append(np.minimum.accumulate(here - self._steps) + self._steps)
        self._heard = heard

    def _number(self, word: str) -> int:
        return self._numbers.setdefault(word, len(self._numbers))
