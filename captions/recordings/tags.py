"""What the page of a transcript needs of its sound."""

from base64 import b64encode
from datetime import timedelta
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ..models import Recording, Session

register = template.Library()

# From the end of a dictation until a Celery worker has joined its sound and computed its outline.
SOON = timedelta(minutes=5)
# Less than that at the end is the silence after which somebody pressed Stop.
_CUT_MS = 3_000


@register.inclusion_tag("captions/recordings/_player.html")
def player(session: Session) -> dict[str, Any]:
    """The dock in which the sound is played; or, where there is none, since when and why."""
    recording = Recording.objects.filter(session=session).first()
    soon = _comes_soon(session, recording)
    if soon or recording is None or recording.deleted_at is not None:
        waits = reverse("session-player", args=[session.pk]) if soon else ""
        return {"without": without(session, recording), "waits": waits}
    # The memory of a row from the database is not bytes yet.
    peaks = bytes(recording.peaks)
    return {
        "recording": recording,
        "source": reverse("session-sound", args=[session.pk]),
        "peaks": b64encode(peaks).decode(),
        "is_cut": session.clock_ms - recording.duration_ms > _CUT_MS,
    }


def _comes_soon(session: Session, recording: Recording | None) -> bool:
    """Whether the sound, or its outline, is still being worked on."""
    if not session.keep_sound or session.ended_at is None or timezone.now() - session.ended_at > SOON:
        return False
    return recording is None or (recording.deleted_at is None and not recording.peaks)


def without(session: Session, recording: Recording | None) -> str:
    """Why there is no sound, as a sentence; nothing while somebody still speaks."""
    if recording is not None and recording.deleted_at is not None:
        # Translators: as Django's templates write dates.
        day = date_format(recording.deleted_at, pgettext("date", "j F Y"))
        if not session.keep_sound:
            return _("The recording was deleted on %(day)s. The text stays.") % {"day": day}
        return _("The recording was deleted automatically on %(day)s. The text stays.") % {"day": day}
    if session.ended_at is None:
        return _("The recording can be played when this dictation has ended.") if session.keep_sound else ""
    if not session.keep_sound:
        return _("The recording of this dictation was not saved, only the text.")
    if _comes_soon(session, recording):
        return _("The recording is being prepared.")
    return _("The recording of this dictation could not be saved. The text is complete.")
