"""Finished sentences that wait to be decoded once more as a whole, for their punctuation.

The punctuation before a pause was chosen without the words that followed.
"""

import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from .endpointing import Endpointer
from .formatting import formatted
from .live_events import Output, Partial, Request, Row
from .live_settings import LiveSettings
from .sentences import sentences
from .types import Word, join

# The shortest time that a word takes on average, which bounds how long the text of a decode can be.
_MS_PER_WORD = 250


@dataclass(frozen=True, slots=True)
class _Closed:
    row: Row
    waits: bool
    """Whether it has to be decoded again first."""


class ClosedRows:
    """A queue of finished rows, given out in order. A row with a pause in it waits until it was decoded again."""

    def __init__(
        self,
        endpointer: Endpointer,
        settings: LiveSettings,
        new_key: Callable[[], uuid.UUID],
        *,
        start_ms: int = 0,
    ) -> None:
        self._first_ms = start_ms
        self._endpointer = endpointer
        self._settings = settings
        self._new_key = new_key
        self._rows: deque[_Closed] = deque()

    def __bool__(self) -> bool:
        return bool(self._rows)

    @property
    def start_ms(self) -> int:
        """Start of the first row that waits. Raises IndexError if none does."""
        return self._rows[0].row.words[0].start_ms

    def waits_since(self, at_ms: int) -> bool:
        """Whether a row waits that had ended by then."""
        return bool(self._rows) and self._rows[0].row.settled_ms <= at_ms

    def push(self, row: Row, *, is_written: bool = False) -> list[Row]:
        """Takes a finished row, and returns the rows that need not wait any more.

        `is_written` says that the row was already decoded as a whole.
        """
        self._rows.append(_Closed(row, not is_written and self._wants_marks(row)))
        return self._ready()

    def request(self, now_ms: int) -> Request | None:
        """Asks for a decode of the first row that waits; None if none does."""
        if not self._rows:
            return None
        row = self._rows[0].row
        return marks_request(row.key, row.words, self._settings, self._first_ms, now_ms)

    def take(self, key: uuid.UUID, decoded: tuple[Word, ...]) -> list[Output]:
        """Takes the decode of the first row, and returns it with its new punctuation and the rows ready after it.

        The punctuation may divide it into several rows: the first keeps its key, the others get new ones.
        """
        if not self._rows or self._rows[0].row.key != key:
            return []
        row = self._rows.popleft().row
        parts = sentences(formatted(row.words, decoded), self._endpointer.settings.silence_ms)
        outputs: list[Output] = []
        for number, words in enumerate(parts):
            part = replace(row, key=self._new_key() if number else key, words=words)
            if len(parts) > 1:
                outputs.append(Partial(part.key, words[0].start_ms, join(words), ""))
            outputs.append(part)
        return [*outputs, *self._ready()]

    def _ready(self) -> list[Row]:
        rows: list[Row] = []
        while self._rows and not self._rows[0].waits:
            rows.append(self._rows.popleft().row)
        return rows

    def _wants_marks(self, row: Row) -> bool:
        start_ms, end_ms = row.words[0].start_ms, row.words[-1].end_ms
        voice = list(self._endpointer.voice(start_ms, end_ms))
        pause_ms = self._endpointer.settings.pause_ms
        paused = any(after.start_ms - before.end_ms >= pause_ms for before, after in pairwise(voice))
        return paused and len(row.words) > 1


def marks_request(
    key: uuid.UUID, words: Sequence[Word], settings: LiveSettings, first_ms: int, now_ms: int
) -> Request:
    """Asks for a decode, without a prefix, of the sound of the words; if that is too long, of its end.

    There is sound from `first_ms` to `now_ms`.
    """
    end_ms = min(words[-1].end_ms + settings.tail_ms, now_ms)
    start_ms = max(first_ms, words[0].start_ms - settings.lead_ms, end_ms - settings.row_ms)
    return Request(
        start_ms, end_ms, "", "", min(end_ms - start_ms, _MS_PER_WORD * len(words)), 0, urgent=False, row=key
    )
