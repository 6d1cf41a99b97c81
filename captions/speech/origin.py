"""What wrote a text, and how much sound was sent elsewhere for it."""

from dataclasses import dataclass

from .types import Hypothesis


@dataclass(frozen=True, slots=True)
class Origin:
    """Of one text or of several; see `Hypothesis`."""

    writers: tuple[str, ...] = ()
    """In the order in which they wrote something first."""
    sent_ms: int = 0
    fell_back: str = ""

    @classmethod
    def of(cls, hypothesis: Hypothesis) -> "Origin":
        writers = (hypothesis.writer,) if hypothesis.writer and hypothesis.words else ()
        return cls(writers, hypothesis.sent_ms, hypothesis.fell_back)

    def __add__(self, later: "Origin") -> "Origin":
        return Origin(
            tuple(dict.fromkeys(self.writers + later.writers)),
            self.sent_ms + later.sent_ms,
            later.fell_back or self.fell_back,
        )


NO_ORIGIN = Origin()
