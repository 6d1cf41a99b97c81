"""An utterance as a value, apart from the database."""

from dataclasses import dataclass

from .types import Word


@dataclass(frozen=True, slots=True)
class Passage:
    """One utterance. Times are milliseconds of the session.

    `words` is empty if their times are unknown, `language` empty and `confidence`, 0 to 1, None if unknown.
    """

    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...] = ()
    confidence: float | None = None
    language: str = ""
    shared: bool = False
    """Whether it is from the shared sound, rather than from the microphone."""
    translation: str = ""
    """In English; empty if it was not translated."""
    speaker: int = 0
    """Which voice of its source it is, from 1; 0 where its voices were not told apart."""
