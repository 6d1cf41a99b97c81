"""Sentences that are done and are heard once more as a whole, for their punctuation.

The mark before a pause was written without what came behind it.
"""

import uuid
from collections import deque
from dataclasses import replace
from itertools import pairwise

from .continuation import believable
from .endpointing import Endpointer
from .formatting import formatted
from .live_events import Request, Row
from .live_settings import LiveSettings
from .types import Word


class ClosedRows:
    """Gives rows out in their order; those with a pause in them once they were heard again."""

    def __init__(self, endpointer: Endpointer, settings: LiveSettings) -> None:
        self._endpointer = endpointer
        self._settings = settings
        self._rows: deque[Row] = deque()

    def __bool__(self) -> bool:
        return bool(self._rows)

    @property
    def start_ms(self) -> int:
        """Where the first one begins. Raises IndexError where there is none."""
        return self._rows[0].words[0].start_ms

    def push(self, row: Row) -> list[Row]:
        """Takes a sentence that is done; returns it where nothing has to be waited for."""
        if self._rows or self._has_pause(row):
            self._rows.append(row)
            return []
        return [row]

    def request(self, now_ms: int) -> Request | None:
        """The first one's sound is to be decoded."""
        if not self._rows:
            return None
        words = self._rows[0].words
        start_ms = max(0, words[0].start_ms - self._settings.lead_ms)
        end_ms = min(words[-1].end_ms + self._settings.tail_ms, now_ms)
        return Request(start_ms, end_ms, "", "", end_ms - start_ms, 0, urgent=False, row=self._rows[0].key)

    def take(self, key: uuid.UUID, heard: tuple[Word, ...]) -> list[Row]:
        """The sentence as it is written with that, and those behind it that need no more."""
        if not self._rows or self._rows[0].key != key:
            return []
        row = self._rows.popleft()
        rows = [replace(row, words=formatted(row.words, believable(heard)))]
        while self._rows and not self._has_pause(self._rows[0]):
            rows.append(self._rows.popleft())
        return rows

    def _has_pause(self, row: Row) -> bool:
        start_ms, end_ms = row.words[0].start_ms, row.words[-1].end_ms
        voice = list(self._endpointer.voice(start_ms, end_ms))
        pause_ms = self._endpointer.settings.pause_ms
        paused = any(after.start_ms - before.end_ms >= pause_ms for before, after in pairwise(voice))
        return paused and len(row.words) > 1 and end_ms - start_ms <= self._settings.row_ms
