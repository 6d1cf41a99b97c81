"""Saves the state of a live session: its clock, its pause, and how far it is transcribed."""

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ...speech.gaps import missing
from ...speech.types import TimeRange
from ...transcripts.final_writer import DeviceNote, SessionUpdate
from .session_clock import SessionClock
from .transcribers import Transcribers


class SessionRecord:
    """Collects the state of a session and hands it to `touch`, which saves it without waiting."""

    def __init__(
        self,
        session: str,
        *,
        transcriber: Transcribers,
        clock: SessionClock,
        touch: Callable[[SessionUpdate], None],
        continuations: int,
    ) -> None:
        self._session = uuid.UUID(session)
        self._transcriber = transcriber
        self._clock = clock
        self._touch = touch
        self._continuations = continuations
        self.all_written = False
        """Whether this worker has stopped listening and every utterance is saved."""
        self._is_finished = False
        self._settled_ms: int | None = None

    @property
    def is_wordless(self) -> bool:
        """Whether this worker knows that nothing was said: no word is saved, and none was lost or can be recovered."""
        transcriber = self._transcriber
        return self.all_written and transcriber.last_seq == 0 and not transcriber.may_hold_words

    def finish(self, *, all_written: bool) -> None:
        """Notes that this worker has stopped listening, and whether every utterance is saved."""
        self.all_written, self._is_finished = all_written, True
        self._settled_ms = self._transcriber.clock_ms if all_written else self._transcriber.settled_ms

    def save_written(self) -> None:
        """Saves only how far it is transcribed: the rest is another worker's by now."""
        self._touch(
            SessionUpdate(
                session_id=self._session,
                clock_ms=None,
                clock_at=None,
                settled_ms=self._settled_ms,
                undecoded=self._undecoded(ended=False),
                origin=self._transcriber.take_origin(),
            )
        )

    def note_devices(self, note: DeviceNote) -> None:
        """Saves how two devices are heard from now on."""
        self._touch(SessionUpdate(self._session, None, None, devices=note))

    def save(self, *, paused: bool, ended: bool = False) -> None:
        now = datetime.now(UTC)
        clock_at = None
        if self._clock.right_at is not None and not ended:
            clock_at = now - timedelta(seconds=time.monotonic() - self._clock.right_at)
        self._touch(
            SessionUpdate(
                session_id=self._session,
                clock_ms=self._transcriber.clock_ms,
                clock_at=clock_at,
                paused=paused,
                ended_at=now if ended else None,
                settled_ms=self._settled_ms if self._is_finished else self._transcriber.settled_ms,
                continuations=self._continuations,
                undecoded=self._undecoded(ended=ended),
                origin=self._transcriber.take_origin(),
            )
        )

    def _undecoded(self, *, ended: bool) -> tuple[TimeRange, ...]:
        """The time ranges that must be recovered from the sound; none where it is not kept."""
        undecoded = self._transcriber.take_undecoded()
        left = missing(self._transcriber.decoded_ms, 0, self._transcriber.clock_ms)
        # No worker takes over a session that has ended, so the rest is noted as a gap here.
        return (*undecoded, left) if ended and left and not self.all_written else undecoded
