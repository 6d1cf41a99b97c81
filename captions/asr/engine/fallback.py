"""Two engines as one: what the first does not decode, the second does."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Lock

from ...speech.types import Hypothesis
from .base import Audio, EngineError, ParallelEngine, Request, Task


class FallbackEngine:
    """`make` makes the second one, when it is needed for the first time. Threads share it.

    A batch is decoded `parallel` sounds at a time, since only some of them may fail.
    """

    only_language = ""

    def __init__(self, first: ParallelEngine, make: Callable[[], ParallelEngine], *, parallel: int) -> None:
        self.name, self.device = first.name, first.device
        self._first = first
        self._make = make
        self._parallel = parallel
        self._second: ParallelEngine | None = None
        self._lock = Lock()

    def prepare(self) -> None:
        """Makes the second engine now. Raises EngineError."""
        with self._lock:
            if self._second is None:
                self._second = self._make()

    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        try:
            return self._first.decode(audio, task)
        except EngineError as error:
            self.prepare()
            assert self._second is not None
            return replace(self._second.decode(audio, task), fell_back=str(error))

    def decode_together(self, requests: Sequence[Request]) -> list[Hypothesis]:
        with ThreadPoolExecutor(self._parallel) as callers:
            return list(callers.map(lambda each: self.decode(each.audio, each.task), requests))

    def rehearse(self, seconds: float) -> None:
        self._first.rehearse(seconds)
