"""Whether to decode an utterance for good when silence begins, before it is known to be over."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Speculation:
    """A speculative final that is not wanted in the end delays the live text by as long as it takes.

    So it is only worth it while finals take `most_seconds` at most, from asking to answer: where the model is slower
    than that, or busy, the decodes are left to what is sure to be wanted.
    """

    most_seconds: float = 1.0

    def worth(self, *, final_seconds: float | None) -> bool:
        """`final_seconds` is how long the last final of the session took; None before the first."""
        return final_seconds is None or final_seconds <= self.most_seconds
