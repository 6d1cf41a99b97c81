"""Sound that is decoded as one, and what is known of its words. Times are milliseconds of the session."""

from collections import deque
from dataclasses import dataclass, field

from .agreement import Agreement
from .continuation import without_mark
from .coverage import plausible_ms
from .types import TimeRange, Word, join


@dataclass(frozen=True, slots=True)
class Again:
    """A stretch to hear once more: no word is in it, or `words` are there, which the model hardly believes."""

    range: TimeRange
    words: tuple[Word, ...] = ()
    mean_log_probability: float = 0.0


@dataclass(slots=True)
class Window:
    """The sound since a sentence that is done, or more; it grows over pauses."""

    start_ms: int
    agreement: Agreement
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
    stalled: bool = False
    """Whether the last decode, which began with the stable words, found none behind them though there is voice."""
    failures: int = 0
    """Decodes that failed one after the other."""
    tries: int = 0
    """How often the first of `again` was heard once more."""
    stable: list[Word] = field(default_factory=list)
    """Words that cannot change, those of sentences that are done among them."""
    again: deque[Again] = field(default_factory=deque)

    @property
    def prefix(self) -> str:
        """What a decode of it has to begin with: the mark behind the last word may still change."""
        return without_mark(join(self.stable)) if self.stable else ""

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
