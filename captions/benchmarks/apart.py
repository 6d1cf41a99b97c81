"""Listening in a process of its own, so that neither its memory nor its threads are in what is measured after it."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from .corpus import Recording

T = TypeVar("T")


def hear_apart(
    hear: Callable[[Sequence[Recording]], list[T]], recordings: Sequence[Recording]
) -> dict[str, T]:
    """What `hear`, which must be picklable, makes of each recording, by name."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = pool.submit(hear, list(recordings)).result()
    return dict(zip((each.name for each in recordings), found, strict=True))
