"""Hands the utterances of one session to the final writer, and publishes them once they are saved."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.utils.translation import gettext_noop

from ... import metrics
from ...protocol import messages
from ...speech.live_events import Row
from ...speech.types import TimeRange, certainty, join
from ...transcripts.final_writer import FinalRecord, WriterFullError

log = structlog.get_logger(__name__)

_LOST = gettext_noop("The last sentence could not be transcribed. Say it again.")
_LATER = gettext_noop(
    "The last sentence could not be transcribed. The server is trying again from the recording."
)


class RowWriter:
    """Hands rows to `save`, and publishes each as a final once `saved` reports that it is in Postgres.

    `shared` says that they are from the shared sound.

    With `keeps_sound`, time ranges that could not be transcribed are collected for recovery: see `take_undecoded`.
    """

    def __init__(
        self,
        session: str,
        *,
        last_seq: int,
        publish: Callable[[dict[str, Any]], None],
        save: Callable[[FinalRecord], None],
        keeps_sound: bool,
        shared: bool = False,
    ) -> None:
        self.last_seq = last_seq
        self.keeps_sound = keeps_sound
        self.has_lost = False
        """Whether something was said that is not saved, even if it is recovered later."""
        self._session = uuid.UUID(session)
        self._shared = shared
        self._publish = publish
        self._save = save
        self._log = log.bind(session=session)
        self._undecoded: list[TimeRange] = []
        self._unsaved: dict[uuid.UUID, FinalRecord] = {}
        self._all_saved = asyncio.Event()
        self._all_saved.set()

    @property
    def saves(self) -> bool:
        """Whether a row waits to be saved."""
        return bool(self._unsaved)

    def take_undecoded(self) -> tuple[TimeRange, ...]:
        """The time ranges that could not be transcribed since the last call; empty where no sound is kept."""
        undecoded, self._undecoded = tuple(self._undecoded), []
        return undecoded

    def write(self, row: Row) -> None:
        """Takes a finished row and hands it to `save`."""
        start_ms, end_ms = row.words[0].start_ms, max(row.words[-1].end_ms, row.words[0].start_ms + 1)
        record = FinalRecord(
            session_id=self._session,
            key=row.key,
            start_ms=start_ms,
            end_ms=end_ms,
            text=join(row.words),
            words=row.words,
            confidence=certainty(row.words),
            language=row.language,
            settled_ms=row.settled_ms,
            shared=self._shared,
        )
        self._unsaved[record.key] = record
        self._all_saved.clear()
        try:
            self._save(record)
        except WriterFullError:
            self._settle(record)
            self._log.error("final_not_kept")
            self._take_off(record)
            self.lost(TimeRange(start_ms, end_ms))

    def saved(self, record: FinalRecord, seq: int) -> bool:
        """Reports that a row is in Postgres: it is published as a final. False if it is of an earlier worker."""
        is_own = record.key in self._unsaved
        self.last_seq = max(self.last_seq, seq)
        self._settle(record)
        self._publish(record.message(seq))
        return is_own

    def refused(self, record: FinalRecord) -> None:
        """Reports that a row can never be saved: its live text is removed, and the browsers get an error."""
        self.has_lost = True
        self._settle(record)
        self._take_off(record)
        self._publish(messages.error("not_transcribed", _LOST))

    def lost(self, range_: TimeRange) -> None:
        """Reports that a time range could not be transcribed; the browsers get an error."""
        metrics.DROPS.labels("utterance").inc()
        self.has_lost = True
        if self.keeps_sound:
            self._undecoded.append(TimeRange(range_.start_ms, range_.end_ms))
        self._publish(messages.error("not_transcribed", _LATER if self.keeps_sound else _LOST))

    async def all_saved(self) -> None:
        await self._all_saved.wait()

    def _settle(self, record: FinalRecord) -> None:
        self._unsaved.pop(record.key, None)
        if not self._unsaved:
            self._all_saved.set()

    def _take_off(self, record: FinalRecord) -> None:
        """Removes the row's live text from the pages."""
        self._publish(
            messages.partial(utterance=str(record.key), start_ms=record.start_ms, stable="", tentative="")
        )
