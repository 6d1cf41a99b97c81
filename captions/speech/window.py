"""Sound that is decoded as one, and what is known of its words. Times are milliseconds of the session."""

from dataclasses import dataclass, field

from .again import Again
from .agreement import Agreement
from .continuation import part_mark
from .coverage import plausible_ms
from .types import Word, join


@dataclass(slots=True)
class Window:
    """The sound since a sentence that is done, or more; it grows over pauses."""

    start_ms: int
    agreement: Agreement
    again: Again
    """Stretches of it to hear once more."""
    end_ms: int | None = None
    """None while it goes on."""
    ends_row: bool = True
    """Whether the sentence ends with it."""
    asked_ms: int | None = None
    """Where the sound ended that was asked for last."""
    covered_ms: int = 0
    """Where the sound ended that was heard last."""
    checked_ms: int = 0
    """Up to here all voice has words over it, or is in `again`."""
    mean_log_probability: float = 0.0
    """How much the model believed what it heard last."""
    spoken_ms: int | None = None
    """Where the first of its words began."""
    stalls: int = 0
    """Decodes one after the other that found no word behind the stable ones though there is voice, or went on within
    the last of them."""
    failures: int = 0
    """Decodes that failed one after the other."""
    stable: list[Word] = field(default_factory=list)
    """Words that cannot change, those of sentences that are done among them."""

    @property
    def prefix(self) -> str:
        """What a decode of it has to begin with: the mark behind the last word may still change."""
        return part_mark(join(self.stable))[0]

    @property
    def said_ms(self) -> int:
        """Where the last stable word ended at the latest: attention may have stretched it over the silence behind."""
        if not self.stable:
            return self.start_ms
        last = self.stable[-1]
        return min(last.end_ms, last.start_ms + plausible_ms(last.text))

    @property
    def heard_ms(self) -> int:
        """Where what is not stable yet begins."""
        return self.stable[-1].end_ms if self.stable else self.start_ms
