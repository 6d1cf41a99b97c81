"""Stretches of text as lines."""

from bisect import bisect_right
from itertools import accumulate, pairwise

from .breaks import BAD_BREAK, break_cost
from .pieces import Piece, join


class Ruler:
    """Measures and breaks stretches of pieces, as lines of at most `most_columns`; no piece is wider than that.

    `offsets[i]` is the width of the first `i` pieces with the spaces before them, `breaks[i]` the cost of a break
    before piece `i`.
    """

    def __init__(self, pieces: list[Piece], most_columns: int, language: str = "") -> None:
        self.pieces = pieces
        self.offsets = list(accumulate([piece.width + piece.spaced for piece in pieces], initial=0))
        self.breaks = [0] + [
            break_cost(before.text, after.text, language) for before, after in pairwise(pieces)
        ]
        # Behind the last piece that still fits on a line that begins with the piece of that index.
        self._line_ends = [
            bisect_right(self.offsets, offset + piece.spaced + most_columns) - 1
            for offset, piece in zip(self.offsets, pieces, strict=False)
        ] + [len(pieces)]

    def width(self, start: int, end: int) -> int:
        """The columns of the pieces from `start` to before `end`, on one line."""
        return self.offsets[end] - self.offsets[start] - self.pieces[start].spaced

    def reach(self, start: int, lines: int) -> int:
        """Behind the last piece that fits on so many lines from piece `start` on, none of them badly broken if that
        can be helped."""
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
        """Those pieces, which `reach` says fit, on lines of about equal width that are broken where it reads well.

        There are as few lines as can do without a bad break.
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
        """The cheapest way to break the pieces into so many lines: its cost, and where each line begins."""
        mean = self.width(start, end) / lines
        # The cheapest way to each piece at which the next line may begin.
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
