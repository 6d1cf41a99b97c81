"""An utterance as a value, apart from the database."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from .types import Word, certainty, join


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
    is_heading: bool = False
    """Whether it was dictated as a heading."""

    def with_words(self, words: Sequence[Word]) -> Self:
        """The part of it that these words are, of which there is one at least."""
        words = tuple(words)
        return replace(
            self,
            start_ms=words[0].start_ms,
            end_ms=max(words[-1].end_ms, words[0].start_ms + 1),
            text=join(words),
            words=words,
            confidence=certainty(words),
        )
