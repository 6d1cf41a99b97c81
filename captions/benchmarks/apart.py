"""Transcribes in a separate process, so that its memory and threads do not affect what is measured afterwards."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from .corpus import Recording

T = TypeVar("T")


def hear_apart(
    hear: Callable[[Sequence[Recording]], list[T]], recordings: Sequence[Recording]
) -> dict[str, T]:
    """The results of `hear`, which must be picklable, by the name of the recording."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = pool.submit(hear, list(recordings)).result()
    return dict(zip((each.name for each in recordings), found, strict=True))
