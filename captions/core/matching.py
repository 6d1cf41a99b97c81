"""What two sequences have in common, as difflib finds it, but in bounded time."""

from collections import Counter, deque
from collections.abc import Hashable, Sequence
from difflib import Match, SequenceMatcher
from itertools import accumulate
from typing import TypeVar

# Some tenths of a second. What people say and write takes far less; two words that are repeated for ever take minutes.
_MOST_STEPS = 2_000_000

T = TypeVar("T", bound=Hashable)


def ends(old: Sequence[Hashable], new: Sequence[Hashable]) -> tuple[int, int]:
    """How many elements both begin with, and how many of the others both end with."""
    least = min(len(old), len(new))
    head = next((index for index in range(least) if old[index] != new[index]), least)
    least -= head
    tail = next((index for index in range(least) if old[-1 - index] != new[-1 - index]), least)
    return head, tail


class BoundedMatcher(SequenceMatcher[T]):
    """A SequenceMatcher without junk. Where its steps are spent, what is left is taken to have nothing in common."""

    def __init__(self, old: Sequence[T], new: Sequence[T]) -> None:
        super().__init__(None, old, new, autojunk=False)
        self._old, self._new = old, new

    def get_matching_blocks(self) -> list[Match]:
        """As difflib has it: the last block is empty, and ends both."""
        old, new = self._old, self._new
        often = Counter(new)
        # To find the longest match, each element is held against all equal ones of the other side.
        steps = [0, *accumulate(1 + often[element] for element in old)]
        left = _MOST_STEPS
        found: list[Match] = []
        waiting = deque([(0, len(old), 0, len(new))])
        while waiting:
            old_from, old_to, new_from, new_to = waiting.popleft()
            left -= steps[old_to] - steps[old_from]
            if left < 0:
                break
            match = self.find_longest_match(old_from, old_to, new_from, new_to)
            if not match.size:
                continue
            found.append(match)
            if old_from < match.a and new_from < match.b:
                waiting.append((old_from, match.a, new_from, match.b))
            if match.a + match.size < old_to and match.b + match.size < new_to:
                waiting.append((match.a + match.size, old_to, match.b + match.size, new_to))
        return [*_joined(sorted(found)), Match(len(old), len(new), 0)]


def _joined(blocks: Sequence[Match]) -> list[Match]:
    """Blocks that follow on each other in both, as one."""
    joined: list[Match] = []
    for block in blocks:
        last = joined[-1] if joined else None
        if last and (last.a + last.size, last.b + last.size) == (block.a, block.b):
            joined[-1] = Match(last.a, last.b, last.size + block.size)
        else:
            joined.append(block)
    return joined
