"""Checks that may hang, for answers that must not."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Generic, TypeVar

Found = TypeVar("Found")


class PatientCheck(Generic[Found]):
    """A check in a thread of its own. One that hangs is not begun a second time."""

    def __init__(self, check: Callable[[], Found]) -> None:
        self._check = check
        self._thread = ThreadPoolExecutor(1)
        self._lock = Lock()
        self._running: Future[Found] | None = None

    def begin(self) -> Future[Found]:
        """Begins the check, unless it is running still."""
        with self._lock:
            if self._running is None or self._running.done():
                self._running = self._thread.submit(self._check)
            return self._running
