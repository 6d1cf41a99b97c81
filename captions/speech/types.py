"""Values of the speech layer. Audio is mono, 16 kHz; times are integer milliseconds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

SAMPLE_RATE = 16_000
SAMPLES_PER_MS = SAMPLE_RATE // 1000


@dataclass(frozen=True, slots=True)
class TimeRange:
    """The time from `start_ms` up to, but not including, `end_ms`."""

    start_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms

    def overlap_ms(self, start_ms: int, end_ms: int) -> int:
        """Milliseconds of it between these two times."""
        return max(0, min(self.end_ms, end_ms) - max(self.start_ms, start_ms))

    def shifted(self, by_ms: int) -> "TimeRange":
        return TimeRange(self.start_ms + by_ms, self.end_ms + by_ms)


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word."""

    start_ms: int
    end_ms: int
    text: str
    """Begins with a space if the language writes one there, so that the texts of words joined are the sentence."""
    probability: float
    """The model's probability for it, 0 to 1."""

    def shifted(self, by_ms: int) -> "Word":
        """The same word `by_ms` later."""
        return replace(self, start_ms=self.start_ms + by_ms, end_ms=self.end_ms + by_ms)


def join(words: tuple[Word, ...] | list[Word]) -> str:
    """The text that `words` spell."""
    return "".join(word.text for word in words).strip()


def certainty(words: Collection[Word]) -> float:
    """The mean probability of the words, 0 to 1; 0 if there is none."""
    return sum(word.probability for word in words) / len(words) if words else 0.0


def begun_behind(words: Sequence[Word], end_ms: int) -> tuple[Word, ...]:
    """The words of a row, which begins when the one before it has ended: decodes differ a little in their times."""
    first, *rest = words
    start_ms = max(first.start_ms, end_ms)
    return (replace(first, start_ms=start_ms, end_ms=max(first.end_ms, start_ms + 1)), *rest)


def moved_to(words: Sequence[Word], moved: Mapping[int, Word]) -> list[Word]:
    """The words, each whose `start_ms` is a key of `moved` with the times of the word there."""
    return [
        replace(word, start_ms=to.start_ms, end_ms=to.end_ms) if (to := moved.get(word.start_ms)) else word
        for word in words
    ]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """The result of one decode."""

    words: tuple[Word, ...]
    """Times count from the beginning of the decoded sound."""
    language: str
    """Its language code; empty if unknown."""
    language_probability: float
    """0 to 1; 1 if the language was chosen."""
    no_speech_probability: float
    """The model's probability, 0 to 1, that there is no speech."""
    mean_log_probability: float
    """The mean over the tokens after the prefix, at most 0."""
    compression_ratio: float
    """Length of the text in bytes by its length compressed with zlib: high for repetitive text."""
    writer: str = ""
    """What wrote it: the name of a local model, or a model and the host of its service."""
    sent_ms: int = 0
    """Milliseconds of sound that were sent elsewhere for it."""
    fell_back: str = ""
    """Why the engine that is set did not write it, in a sentence; empty if it did."""

    is_draft: bool = False
    """Whether more words may come of the same sound, and these may change."""

    @property
    def text(self) -> str:
        return join(self.words)

    def shifted(self, by_ms: int) -> tuple[Word, ...]:
        """The words `by_ms` later."""
        return tuple(word.shifted(by_ms) for word in self.words)

    @property
    def confidence(self) -> float | None:
        """The mean word probability, 0 to 1; None if there is no word."""
        return certainty(self.words) if self.words else None


SILENCE = Hypothesis((), "", 0.0, 1.0, 0.0, 0.0)
