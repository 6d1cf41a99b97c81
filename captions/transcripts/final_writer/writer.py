import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from uuid import UUID

import structlog
from django.db import connection
from django.utils import timezone

from ...core.errors import UnavailableError
from ...metrics import DROPS, FINALS, SPOOLED
from . import saving
from .records import FinalRecord, SessionUpdate
from .spool import Spool

log = structlog.get_logger(__name__)

CAPACITY = 10_000
RETRY_SECONDS = 1.0
_BATCH = 64


class WriterFullError(UnavailableError):
    """The final writer is full or closed and has not taken the final."""


class FinalWriter:
    """Saves finals: first on disk, then in PostgreSQL, which may be unreachable for a while.

    `submit` and `touch` never wait and may be called from any thread. The callbacks run in a thread of the writer,
    after the commit: for each final that was submitted or adopted from `spool_dir`, `on_saved` with its `seq`, or
    `on_rejected` if it can never be saved. `capacity` bounds the finals that are not in PostgreSQL yet.
    """

    def __init__(
        self,
        spool_dir: Path,
        *,
        on_saved: Callable[[FinalRecord, int], None],
        on_rejected: Callable[[FinalRecord, saving.Rejection], None],
        capacity: int = CAPACITY,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._spool_dir = spool_dir
        self._on_saved = on_saved
        self._on_rejected = on_rejected
        self._capacity = capacity
        self._retry_seconds = retry_seconds
        self._changed = threading.Condition()
        self._incoming: deque[FinalRecord] = deque()
        self._kept: deque[FinalRecord] = deque()
        self._updates: dict[UUID, SessionUpdate] = {}
        self._adopted: list[Spool] = []
        self._spool: Spool | None = None
        self._closing = self._all_kept = self._giving_up = self._away = False
        self._keeper = threading.Thread(target=self._keep_all, name="recorder-disk", daemon=True)
        self._writer = threading.Thread(target=self._write_all, name="recorder-postgres", daemon=True)

    def start(self) -> None:
        """Adopts spools and starts the threads. Raises OSError for the spool's folder; PostgreSQL need not be up."""
        self._spool = Spool.create(self._spool_dir)
        self._adopted = list(Spool.adopt(self._spool_dir))
        for spool in self._adopted:
            self._kept.extend(spool.read())
        if self._kept:
            log.info("spool_adopted", finals=len(self._kept))
        self._keeper.start()
        self._writer.start()

    def submit(self, record: FinalRecord) -> None:
        """Takes a final to save. Raises WriterFullError."""
        with self._changed:
            if self._closing:
                raise WriterFullError("The recorder is closed.")
            if len(self._incoming) + len(self._kept) >= self._capacity:
                DROPS.labels("finals").inc()
                raise WriterFullError(f"{self._capacity} finals wait for PostgreSQL; no more can be kept.")
            self._incoming.append(record)
            self._changed.notify_all()

    def touch(self, update: SessionUpdate) -> None:
        """Takes the update of a session; updates that are still unwritten are merged, and written after finals."""
        with self._changed:
            self._updates[update.session_id] = update.over(self._updates.get(update.session_id))
            self._changed.notify_all()

    @property
    def unsaved(self) -> int:
        """The number of finals that are not in PostgreSQL yet."""
        return len(self._incoming) + len(self._kept)

    @property
    def away(self) -> bool:
        """Whether the last attempt to write to PostgreSQL failed."""
        return self._away

    def close(self, timeout: float) -> bool:
        """Saves what is left within `timeout` seconds; True if all of it is in PostgreSQL.

        Finals that are not stay on disk for the next process. During an outage, one more attempt is made.
        """
        if self._spool is None:
            return True
        deadline = time.monotonic() + timeout
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for thread in (self._keeper, self._writer):
            thread.join(max(0.0, deadline - time.monotonic()))
        with self._changed:
            self._giving_up = True
            self._changed.notify_all()
        return not (self._keeper.is_alive() or self._writer.is_alive() or self.unsaved)

    # --- The thread that writes to the disk ------------------------------------------------------------

    def _keep_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._incoming or self._closing)
                batch = list(self._incoming)
                if not batch:
                    self._all_kept = True
                    self._changed.notify_all()
                    return
            self._keep(batch)
            with self._changed:
                for record in batch:
                    self._incoming.popleft()
                    self._kept.append(record)
                self._changed.notify_all()

    def _keep(self, batch: list[FinalRecord]) -> None:
        assert self._spool is not None
        try:
            self._spool.append(batch)
        except OSError as error:
            # Without the spool, the finals can still be written to PostgreSQL; only a crash before that loses them.
            log.error("spool_write_failed", folder=str(self._spool_dir), error=error.strerror)
        except Exception:
            # A bug must not end this thread, through which the finals of all sessions pass.
            log.exception("spool_write_failed", folder=str(self._spool_dir))

    # --- The thread that writes to PostgreSQL ----------------------------------------------------------

    def _write_all(self) -> None:
        saving.use_own_connection()
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work)
                if self._giving_up or not (self._kept or self._updates):
                    break
                batch = list(islice(self._kept, _BATCH))
                updates, self._updates = self._updates, {}
            try:
                self._write(batch, list(updates.values()))
            except saving.DatabaseAwayError as error:
                self._put_back(updates)
                if not self._wait_to_retry(error):
                    break
            except Exception:
                # A bug must not end this thread, which writes the finals of all sessions.
                log.exception("database_write_failed")
                self._put_back(updates)
                if not self._wait_to_retry(None):
                    break
        connection.close()
        self._leave_spools()

    def _has_work(self) -> bool:
        return bool(self._kept or self._updates or self._all_kept or self._giving_up)

    def _write(self, batch: list[FinalRecord], updates: list[SessionUpdate]) -> None:
        if batch:
            outcomes = saving.save(batch)
            self._settle(len(batch))
            self._report(outcomes)
        if updates:
            saving.update(updates, timezone.now())
        if self._away:
            self._away = False
            log.info("database_restored", finals=self.unsaved)

    def _settle(self, count: int) -> None:
        with self._changed:
            for _ in range(count):
                self._kept.popleft()
            SPOOLED.set(len(self._kept))
            if not self._kept:
                for spool in self._adopted:
                    spool.remove()
                self._adopted.clear()
                # While finals are incoming, the other thread may be writing to the file.
                if not self._incoming and self._spool is not None:
                    self._spool.clear()

    def _report(self, outcomes: Sequence[saving.Saved | saving.Rejected]) -> None:
        for outcome in outcomes:
            session = str(outcome.record.session_id)
            try:
                if isinstance(outcome, saving.Saved):
                    FINALS.inc(outcome.new)
                    self._on_saved(outcome.record, outcome.seq)
                else:
                    log.warning("final_rejected", session=session, reason=outcome.reason)
                    self._on_rejected(outcome.record, outcome.reason)
            except Exception:
                log.exception("final_callback_failed", session=session)

    def _put_back(self, updates: dict[UUID, SessionUpdate]) -> None:
        with self._changed:
            for session_id, update in updates.items():
                newer = self._updates.get(session_id)
                self._updates[session_id] = newer.over(update) if newer else update

    def _wait_to_retry(self, error: saving.DatabaseAwayError | None) -> bool:
        """Waits until it is time to try PostgreSQL again; False if the writer is closing and gives up."""
        connection.close()
        with self._changed:
            SPOOLED.set(len(self._kept))
            if not self._away:
                self._away = True
                if error:
                    log.warning("database_outage", error=str(error))
            elif self._closing:
                return False
            self._changed.wait_for(lambda: self._giving_up, self._retry_seconds)
            return not self._giving_up

    def _leave_spools(self) -> None:
        assert self._spool is not None
        for spool in self._adopted:
            spool.release()
        if self._kept or self._incoming:
            self._spool.release()
        else:
            self._spool.remove()
