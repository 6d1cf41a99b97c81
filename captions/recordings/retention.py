"""Deletes sound whose retention time is over, and files that no row names any more."""

from datetime import datetime

import structlog

from ..core.storage import batches
from ..core.storage import sweep as sweep_storage
from ..models import Recording, Session
from ..models.recording import sound_storage
from . import delivered
from .deletion import delete_file
from .parts import parts_folder

log = structlog.get_logger(__name__)


def expire(now: datetime) -> int:
    """Deletes recordings older than their user or the site keeps them; the text stays. Returns how many."""
    expired = 0
    for recording in Recording.objects.expired(now).iterator():
        try:
            expired += delete_file(recording, now)
        except Exception:
            # An S3 storage raises exceptions of its own. The next run tries again.
            log.exception("sound_not_deleted", session=str(recording.session_id))
    if expired:
        log.info("sound_expired", recordings=expired)
    return expired


def sweep(now: datetime) -> int:
    """Deletes files whose session or recording was deleted; returns how many files and folders."""
    return _sweep_parts() + delivered.sweep(now) + sweep_storage(sound_storage(), _named, now)


def _sweep_parts() -> int:
    folder = parts_folder()
    swept = 0
    for batch in batches(folder.sessions()):
        for pk in set(batch) - set(Session.all_objects.filter(pk__in=batch).values_list("pk", flat=True)):
            folder.remove(str(pk))
            swept += 1
    return swept


def _named(names: list[str]) -> list[str]:
    return [name or "" for name in Recording.objects.filter(file__in=names).values_list("file", flat=True)]
