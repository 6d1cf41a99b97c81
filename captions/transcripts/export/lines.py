"""Measures pieces of text and breaks them into lines."""

from bisect import bisect_right
from itertools import accumulate, pairwise

from .breaks import BAD_BREAK, break_cost
from .pieces import Piece, join


class Ruler:
    """Measures ranges of pieces and breaks them into lines of at most `most_columns`; no piece may be wider than that.

    Widths are in columns. `offsets[i]` is the width of the first `i` pieces including the spaces before them,
    `breaks[i]` the cost of a break before piece `i`.
    """

    def __init__(self, pieces: list[Piece], most_columns: int, language: str = "") -> None:
        self.pieces = pieces
        self.offsets = list(accumulate([piece.width + piece.spaced for piece in pieces], initial=0))
        self.breaks = [0] + [
            break_cost(before.text, after.text, language) for before, after in pairwise(pieces)
        ]
        # For each piece: the (exclusive) end of a line that begins with it and is as long as fits.
        self._line_ends = [
            bisect_right(self.offsets, offset + piece.spaced + most_columns) - 1
            for offset, piece in zip(self.offsets, pieces, strict=False)
        ] + [len(pieces)]

    def width(self, start: int, end: int) -> int:
        """The columns of the pieces from `start` up to but not including `end`, on one line."""
        return self.offsets[end] - self.offsets[start] - self.pieces[start].spaced

    def reach(self, start: int, lines: int) -> int:
        """The (exclusive) end of the pieces that fit on `lines` lines from piece `start` on.

        No line ends with a bad break if that can be avoided.
        """
        for _ in range(lines - 1):
            end = self._line_ends[start]
            if end == len(self.pieces):
                return end
            good = end
            while good > start and self.breaks[good] >= BAD_BREAK:
                good -= 1
            start = good if good > start else end
        return self._line_ends[start]

    def wrap(self, start: int, end: int, most_lines: int) -> tuple[str, ...]:
        """The pieces from `start` to `end` as lines of about equal width, broken where it reads well.

        The pieces have to fit, see `reach`. More lines than needed are used only to avoid a bad break.
        """
        fewest, at = 0, start
        while at < end:
            at = self._line_ends[at]
            fewest += 1
        if fewest == 1:
            return (join(self.pieces[start:end]),)
        cost, breaks = self._broken(start, end, fewest)
        for lines in range(fewest + 1, most_lines + 1):
            if cost < BAD_BREAK:
                break
            cost, breaks = min((cost, breaks), self._broken(start, end, lines))
        return tuple(join(self.pieces[one:other]) for one, other in pairwise((*breaks, end)))

    def _broken(self, start: int, end: int, lines: int) -> tuple[float, tuple[int, ...]]:
        """The cheapest way to break the pieces into `lines` lines: its cost, and the first index of each line."""
        mean = self.width(start, end) / lines
        # For each piece at which the next line may begin: the cheapest way to get there.
        ways: dict[int, tuple[float, tuple[int, ...]]] = {start: (0.0, (start,))}
        for left in range(lines - 1, 0, -1):
            further: dict[int, tuple[float, tuple[int, ...]]] = {}
            for begin, (cost, breaks) in ways.items():
                for index in range(min(self._line_ends[begin], end - left), begin, -1):
                    if not self._fits(index, end, left):
                        break
                    price = cost + abs(self.width(begin, index) - mean) + self.breaks[index]
                    if left == 1:
                        price += abs(self.width(index, end) - mean)
                    if index not in further or price < further[index][0]:
                        further[index] = price, (*breaks, index)
            ways = further
        return min(ways.values(), default=(float("inf"), ()))

    def _fits(self, start: int, end: int, lines: int) -> bool:
        for _ in range(lines):
            start = self._line_ends[start]
        return start >= end
