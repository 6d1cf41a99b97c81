"""When the utterance that someone is speaking is decoded again for the live text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cadence:
    """The first partial comes `first_ms` into an utterance, the next ones `every_ms` after one another.

    All times count on the session's clock, which stands still while no sound comes: to decode the same sound twice
    would tell nothing.
    """

    first_ms: int = 400
    every_ms: int = 300

    def due(self, clock_ms: int, *, open_since_ms: int | None, last_ms: int | None, in_flight: bool) -> bool:
        """Whether to ask for a partial now.

        `open_since_ms` is where speech began in the open utterance, or None while there is none; `last_ms` is the clock
        at the last partial that was asked for, or None; with one `in_flight` another would only wait behind it.
        """
        if open_since_ms is None or in_flight:
            return False
        if last_ms is None or last_ms < open_since_ms:
            return clock_ms - open_since_ms >= self.first_ms
        return clock_ms - last_ms >= self.every_ms
