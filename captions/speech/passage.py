"""What is known of an utterance, wherever it was heard and whatever it is written to."""

from dataclasses import dataclass

from .types import Word


@dataclass(frozen=True, slots=True)
class Passage:
    """One utterance. Times are milliseconds of the transcript; `words` may be empty where their times are unknown."""

    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...] = ()
    confidence: float | None = None
    language: str = ""
