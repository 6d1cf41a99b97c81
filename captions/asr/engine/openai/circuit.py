"""When a service that fails is left alone. Time is an input."""

import threading

FAILURES = 5
OPEN_SECONDS = 30.0


class Circuit:
    """Closed while a service answers. After some failures in a row it is open for a while: nothing is sent then.

    After that one request may try; the others wait for what it finds. Threads share it.
    """

    def __init__(self, failures: int = FAILURES, open_seconds: float = OPEN_SECONDS) -> None:
        self._most = failures
        self._open_seconds = open_seconds
        self._failures = 0
        self._open_until = float("-inf")
        self._lock = threading.Lock()

    def lets_through(self, now: float) -> bool:
        """Whether a request may be sent now; whoever sends one says how it went."""
        with self._lock:
            if self._failures < self._most:
                return True
            if now < self._open_until:
                return False
            # Whoever tries may never say how it went.
            self._open_until = now + self._open_seconds
            return True

    def closes_in(self, now: float) -> float:
        """Seconds until a request may try."""
        with self._lock:
            return max(0.0, self._open_until - now) if self._failures >= self._most else 0.0

    def worked(self) -> None:
        with self._lock:
            self._failures = 0

    def failed(self, now: float) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= self._most:
                self._open_until = now + self._open_seconds
