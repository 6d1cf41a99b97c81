"""Sends the periodic tasks. Any number of hosts may do so: each task is sent once."""

import os
from typing import Any

from celery.beat import PersistentScheduler

from captions.core.valkey import valkey

_SENT = "whisperstream:beat:"
# Of the time between two of a kind, for which nobody else sends it: the next one is due a little early at times.
_SHARE = 0.9


class Scheduler(PersistentScheduler):
    """Celery's own, which leaves out a task that another host has just sent, and ends with its worker.

    It runs in a child of the worker, which stays behind where that is killed.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self._worker = os.getppid()
        super().__init__(*args, **options)

    def tick(self, *args: Any, **options: Any) -> Any:
        if os.getppid() != self._worker:
            raise SystemExit("The worker has ended.")
        return super().tick(*args, **options)

    def apply_async(self, entry: Any, producer: Any = None, advance: bool = True, **options: Any) -> Any:
        key = f"{_SENT}{entry.name}"
        milliseconds = round(entry.schedule.run_every.total_seconds() * 1000 * _SHARE)
        if not valkey().set(key, 1, nx=True, px=milliseconds):
            return None
        return super().apply_async(entry, producer=producer, advance=advance, **options)
