"""When the utterance that someone is speaking is decoded again for the live text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cadence:
    """The first partial comes `first_ms` into an utterance, the next ones at a pace that the recogniser can bear.

    Idle, it is asked every `fastest_ms`. From asking to answer a partial waits for others and is decoded, so this time
    grows with the load: what follows comes after `rest` times as long, and `backlog_ms` later for each second of sound
    that waits for its final text, but never later than `slowest_ms`. All other times count on the session's clock,
    which stands still while no sound comes: to decode the same sound twice would tell nothing.
    """

    first_ms: int = 400
    fastest_ms: int = 200
    slowest_ms: int = 1_000
    rest: float = 2.0
    backlog_ms: int = 100

    def every_ms(self, *, partial_seconds: float | None = None, backlog_seconds: float = 0.0) -> int:
        """How long after the last partial the next one is due.

        `partial_seconds` is how long the last one took from asking to answer, None before the first;
        `backlog_seconds` is how much sound waits in finals, of all sessions.
        """
        pace = self.rest * 1000 * (partial_seconds or 0.0) + self.backlog_ms * backlog_seconds
        return round(min(max(pace, self.fastest_ms), self.slowest_ms))

    def due(
        self,
        clock_ms: int,
        *,
        open_since_ms: int | None,
        last_ms: int | None,
        in_flight: bool,
        partial_seconds: float | None = None,
        backlog_seconds: float = 0.0,
    ) -> bool:
        """Whether to ask for a partial now.

        `open_since_ms` is where speech began in the open utterance, or None while there is none; `last_ms` is the clock
        at the last partial that was asked for, or None; with one `in_flight` another would only wait behind it. The
        rest is as for `every_ms`.
        """
        if open_since_ms is None or in_flight:
            return False
        if last_ms is None or last_ms < open_since_ms:
            return clock_ms - open_since_ms >= self.first_ms
        pace = self.every_ms(partial_seconds=partial_seconds, backlog_seconds=backlog_seconds)
        return clock_ms - last_ms >= pace
