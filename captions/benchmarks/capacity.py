"""The search for the largest number of streams without overload; measuring is up to the caller."""

from collections.abc import Awaitable, Callable

from .figures import Figures

SHOWN_SECONDS = 1.5
STABLE_SECONDS = 4.0


def carried(run: Figures) -> bool:
    """Whether there was no overload: words were shown within SHOWN_SECONDS (p95), all stable within STABLE_SECONDS."""
    if run.unfinished or run.shown_p95_s is None or run.longest_stable_s is None:
        return False
    return run.shown_p95_s <= SHOWN_SECONDS and run.longest_stable_s <= STABLE_SECONDS


async def largest(carries: Callable[[int], Awaitable[bool]], *, first: int = 1, most: int = 128) -> int:
    """The largest number up to `most` for which `carries` is true; 0 if there is none.

    Doubles from `first` until `carries` is false, then bisects. Results need not be monotonic: the answer is a number
    that was carried while the next one was not.
    """
    low, step = 0, first
    high = most + 1
    while step < high:
        if not await carries(step):
            high = step
            break
        low = step
        step = min(step * 2, most) if step < most else high
    while high - low > 1:
        middle = (low + high) // 2
        if await carries(middle):
            low = middle
        else:
            high = middle
    return low
