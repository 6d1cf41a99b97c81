"""Takes the sound that a page recorded itself while it had no connection, and notes it as a gap to be recovered."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from threading import BoundedSemaphore
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from ...asr.offline.media_error import MediaError
from ...core.errors import RefusedError
from ...core.interface_language import translated
from ...models import Session, TranscriptGap
from ...recordings import delivered
from ...speech.gaps import outside
from ...speech.types import TimeRange

# How much longer or shorter than its time range a sound may be.
_SLACK_MS = 1_000
# Each is up to a minute: more than one session has.
_MOST_WAITING = 300
# Each has a process that may take a processor and much memory.
_AT_ONCE = 4
_PATIENCE_SECONDS = 30.0


class DeliveryError(RefusedError):
    """Why sound was not taken, as a sentence; nothing has changed. `status` is that of the HTTP answer."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def deliver(session: Session, delivery: UUID, time_range: TimeRange, body: bytes, now: datetime) -> bool:
    """Takes the sound of a time range of the session, a file; False if it was delivered before.

    Raises DeliveryError, OSError.
    """
    _require_time(session, time_range, now)
    if _is_known(session, delivery, time_range):
        return False
    _require_room(session)
    _keep(session, delivery, time_range, body)
    with transaction.atomic():
        row = Session.objects.select_for_update().filter(pk=session.pk).first()
        if row is None:
            raise DeliveryError(_("This dictation does not exist."), 404)
        if not row.has_shared:
            # Its sound is in the delivery too, and goes on there.
            row.gaps.of_workers().pending().filter(
                start_ms__gte=time_range.start_ms, end_ms__lte=time_range.end_ms
            ).delete()
        _gap, is_new = TranscriptGap.objects.get_or_create(
            delivery=delivery,
            defaults={
                "session": row,
                "start_ms": time_range.start_ms,
                "end_ms": time_range.end_ms,
                "due_at": now,
            },
        )
    return is_new


def _require_time(session: Session, time_range: TimeRange, now: datetime) -> None:
    if session.ended_at is None:
        # Its worker may still have words of that time: two may not save them.
        if time_range.end_ms > session.settled_ms:
            raise DeliveryError(_("The server still works on the words of that time. Try again later."), 409)
    elif now - session.ended_at > timedelta(hours=settings.TAPE_HOURS):
        raise DeliveryError(_("This sound comes too late: the dictation has ended long ago."), 410)


def _require_room(session: Session) -> None:
    if session.gaps.delivered().pending().count() >= _MOST_WAITING:
        raise DeliveryError(
            _("More sound of this dictation is waiting than the server takes. Try again later."), 429
        )


def _is_known(session: Session, delivery: UUID, time_range: TimeRange) -> bool:
    known = session.gaps.delivered()
    if known.filter(delivery=delivery).exists():
        return True
    return not outside([gap.time_range for gap in known], [time_range])


def _keep(session: Session, delivery: UUID, time_range: TimeRange, body: bytes) -> None:
    name = _("The sound of a dictation")
    most_seconds = (time_range.length_ms + _SLACK_MS) / 1000
    try:
        with _place():
            length_ms = delivered.take(session.pk, delivery, body, name=name, most_seconds=most_seconds)
    except MediaError as error:
        raise DeliveryError(translated(error.text, error.values)) from error
    if abs(length_ms - time_range.length_ms) > _SLACK_MS:
        delivered.path_of(session.pk, delivery).unlink(missing_ok=True)
        raise DeliveryError(_("The sound is not as long as its time range."))


@contextmanager
def _place() -> Iterator[None]:
    """A place among those whose sound is decoded. Raises DeliveryError."""
    # This process has only a few, for which others would wait meanwhile.
    if not connection.in_atomic_block:
        connection.close()
    places = _places()
    if not places.acquire(timeout=_PATIENCE_SECONDS):
        raise DeliveryError(_("The server could not keep the sound. Try again later."), 503)
    try:
        yield
    finally:
        places.release()


@cache
def _places() -> BoundedSemaphore:
    return BoundedSemaphore(_AT_ONCE)
