"""The template tag for the second pass on the page of a transcript."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..asr.speakers.sherpa import is_installed
from ..models import Proposal, Recording, Session
from ..models.proposal import WAITING
from ..recordings.tags import SOON
from .asking import is_expected

register = template.Library()

_MS_A_MINUTE = 60_000


@register.simple_tag
def second_pass(session: Session) -> dict[str, Any] | None:
    """The state of the second pass, its expected duration and its addresses; None if there is no recording."""
    if session.ended_at is None or not _has_sound(session):
        return None
    return {
        "state": _state(session),
        "takes": _takes(session),
        "speakers": is_installed(),
        "url": reverse("second-pass", args=[session.pk]),
        "decide_url": reverse("second-pass-decide", args=[session.pk]),
    }


def _state(session: Session) -> str:
    proposal = Proposal.objects.filter(session=session).first()
    if proposal is not None:
        return proposal.state
    return WAITING if is_expected(session, timezone.now()) else "none"


def _has_sound(session: Session) -> bool:
    """Whether the session has a recording, or will have one soon."""
    recording = Recording.objects.filter(session=session).only("deleted_at").first()
    if recording is not None:
        return recording.deleted_at is None
    return session.keep_sound and session.ended_at is not None and timezone.now() - session.ended_at <= SOON


def _takes(session: Session) -> str:
    """A sentence with the expected duration, estimated from earlier second passes."""
    pace = Proposal.objects.pace()
    if pace is None:
        return _("How long that takes depends on this server.")
    minutes = round(pace * session.clock_ms / _MS_A_MINUTE)
    if minutes < 1:
        return _("It takes less than a minute.")
    return ngettext("It takes about %(count)s minute.", "It takes about %(count)s minutes.", minutes) % {
        "count": minutes
    }
