"""When the next post may go out."""

from .answers import Outcome

_FIRST_RETRY_SECONDS = 1.0
_LONGEST_RETRY_SECONDS = 30.0


class Pacing:
    """Decides from the answers of a service. `now` is a monotonic time in seconds.

    Without `beat_seconds` no signs of life are sent.
    """

    def __init__(self, beat_seconds: float | None) -> None:
        self._beat_seconds = beat_seconds
        self._failures = 0
        self._free_at = 0.0
        self._beat_at = 0.0

    def answered(self, outcome: Outcome, now: float) -> None:
        """Takes the answer to a post. After failures the next attempt waits, longer each time, never for ever."""
        if outcome is Outcome.OK:
            self._failures = 0
            self._free_at = now
            self._beat_at = now + (self._beat_seconds or 0)
            return
        wait = _LONGEST_RETRY_SECONDS
        if outcome is Outcome.RETRY:
            wait = min(_FIRST_RETRY_SECONDS * 2 ** min(self._failures, 10), wait)
        self._failures += 1
        self._free_at = now + wait

    def wait_seconds(self, now: float) -> float:
        """How long no post may go out; 0 if it may."""
        return max(0.0, self._free_at - now)

    def beat_seconds(self, now: float) -> float | None:
        """The time until a sign of life is due, 0 if it is; None if there are none."""
        return None if self._beat_seconds is None else max(0.0, self._beat_at - now)
