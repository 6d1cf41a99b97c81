"""A live window: sound that is decoded as one, and its words so far. Times are milliseconds of the session."""

from dataclasses import dataclass, field

from .again import Again
from .agreement import Agreement
from .continuation import part_mark
from .coverage import plausible_ms
from .types import Word, join


@dataclass(slots=True)
class Window:
    """The sound of the open sentence, and of earlier ones as context. It grows over pauses."""

    start_ms: int
    agreement: Agreement
    again: Again
    """Its ranges that are to be decoded again."""
    begun_ms: int
    """Where the sound begins that is no context."""
    end_ms: int | None = None
    """Its end; None while it is open."""
    ends_row: bool = True
    """Whether the sentence ends with it."""
    in_silence: bool = False
    """Whether it ended because nobody spoke."""
    asked_ms: int | None = None
    """End of the sound of its last request; None before the first."""
    covered_ms: int = 0
    """End of the sound that its decodes included."""
    checked_ms: int = 0
    """Up to here all voice has words over it, or is in `again`."""
    mean_log_probability: float = 0.0
    """That of its last hypothesis."""
    spoken_ms: int | None = None
    """Start of its first word; None before that."""
    stalls: int = 0
    """Decodes that found no word after the stable ones although there is voice, or that continued the last stable word
    instead, since one with a prefix found some or a word became stable."""
    failures: int = 0
    """Successive decodes that failed."""
    stable: list[Word] = field(default_factory=list)
    """Its stable words, also those of finished sentences."""

    @property
    def prefix(self) -> str:
        """The text that its next decode begins with: the stable words without the punctuation after the last one."""
        return part_mark(join(self.stable))[0]

    @property
    def said_ms(self) -> int:
        """The latest plausible end of the last stable word, which attention may have stretched over silence."""
        if not self.stable:
            return self.start_ms
        last = self.stable[-1]
        return min(last.end_ms, last.start_ms + plausible_ms(last.text))

    @property
    def heard_ms(self) -> int:
        """The end of the stable words, or where its own sound begins if that is later."""
        return max(self.stable[-1].end_ms if self.stable else self.start_ms, self.begun_ms)

    def go_on_from(self, last: "Window") -> None:
        """Takes the sound and the words of the window before it as its context. It must not have been decoded yet."""
        self.start_ms, self.stable = last.start_ms, last.stable
