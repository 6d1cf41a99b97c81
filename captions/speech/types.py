"""Values of the speech layer. Audio is mono, 16 kHz; times are integer milliseconds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

SAMPLE_RATE = 16_000
SAMPLES_PER_MS = SAMPLE_RATE // 1000


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Milliseconds from `start_ms` up to `end_ms`, on whatever clock its user says."""

    start_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms

    def overlap_ms(self, start_ms: int, end_ms: int) -> int:
        """How much of it lies between these two."""
        return max(0, min(self.end_ms, end_ms) - max(self.start_ms, start_ms))

    def shifted(self, by_ms: int) -> "TimeRange":
        return TimeRange(self.start_ms + by_ms, self.end_ms + by_ms)


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word.

    `text` begins with a space where the language writes one, so that joined words give the text again.
    """

    start_ms: int
    end_ms: int
    text: str
    probability: float

    def shifted(self, by_ms: int) -> "Word":
        """The same word on a time line that began `by_ms` earlier."""
        return replace(self, start_ms=self.start_ms + by_ms, end_ms=self.end_ms + by_ms)


def join(words: tuple[Word, ...] | list[Word]) -> str:
    """The text that `words` spell."""
    return "".join(word.text for word in words).strip()


def certainty(words: Collection[Word]) -> float:
    """How sure a model is of some words on average, 0 to 1; 0 where there is none."""
    return sum(word.probability for word in words) / len(words) if words else 0.0


def moved_to(words: Sequence[Word], moved: Mapping[int, Word]) -> list[Word]:
    """The words; those that began at these times have the times of the words there."""
    return [
        replace(word, start_ms=to.start_ms, end_ms=to.end_ms) if (to := moved.get(word.start_ms)) else word
        for word in words
    ]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What an engine heard in one stretch of audio; word times count from the beginning of that stretch."""

    words: tuple[Word, ...]
    language: str
    language_probability: float
    no_speech_probability: float
    mean_log_probability: float
    compression_ratio: float

    @property
    def text(self) -> str:
        return join(self.words)

    def shifted(self, by_ms: int) -> tuple[Word, ...]:
        """The words on a time line that began `by_ms` earlier."""
        return tuple(word.shifted(by_ms) for word in self.words)

    @property
    def confidence(self) -> float | None:
        """Mean word probability, or None where there is no word."""
        return certainty(self.words) if self.words else None


SILENCE = Hypothesis((), "", 0.0, 1.0, 0.0, 0.0)
