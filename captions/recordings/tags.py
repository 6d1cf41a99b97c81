"""Template tags for the sound on the page of a transcript."""

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

# How long after the end of a session its recording and waveform are expected to come.
SOON = timedelta(minutes=5)
# A recording that ends less than this before its session is complete: the rest was silence before Stop.
_CUT_MS = 3_000


@register.inclusion_tag("captions/recordings/_player.html")
def player(session: Session) -> dict[str, Any]:
    """The player of a session's sound, or a sentence that says why there is none."""
    recording = Recording.objects.filter(session=session).first()
    soon = _comes_soon(session, recording)
    if soon or recording is None or recording.deleted_at is not None:
        waits = reverse("session-player", args=[session.pk]) if soon else ""
        return {"without": without(session, recording), "waits": waits}
    # The database returns a memoryview.
    peaks = bytes(recording.peaks)
    return {
        "recording": recording,
        "source": reverse("session-sound", args=[session.pk]),
        "download": reverse("session-sound-download", args=[session.pk]),
        "peaks": b64encode(peaks).decode(),
        "is_cut": session.clock_ms - recording.duration_ms > _CUT_MS,
    }


def _comes_soon(session: Session, recording: Recording | None) -> bool:
    """Whether the recording, or its waveform, is still being made."""
    if not session.keep_sound or session.ended_at is None or timezone.now() - session.ended_at > SOON:
        return False
    return recording is None or (recording.deleted_at is None and not recording.peaks)


def without(session: Session, recording: Recording | None) -> str:
    """Why there is no sound, as a sentence; empty while the session lasts and its sound is not kept."""
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
