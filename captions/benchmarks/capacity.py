"""How many streams a machine carries. Pure: whoever searches measures."""

from collections.abc import Awaitable, Callable

from .figures import Figures

SHOWN_SECONDS = 1.5
STABLE_SECONDS = 4.0


def carried(run: Figures) -> bool:
    """Whether people were served well: words soon on the page, and all of them dry soon."""
    if run.unfinished or run.shown_p95_s is None or run.longest_stable_s is None:
        return False
    return run.shown_p95_s <= SHOWN_SECONDS and run.longest_stable_s <= STABLE_SECONDS


async def largest(carries: Callable[[int], Awaitable[bool]], *, first: int = 1, most: int = 128) -> int:
    """The largest number up to `most` that `carries`, 0 when not even one does.

    It doubles from `first` until it is too much, then halves the distance. Where more streams may chance to do better
    than fewer, the answer is one that was carried, with the next one tried not.
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
