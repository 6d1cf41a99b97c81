"""Dictations that a page began while it could not reach the server: they become sessions when it can."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from ...models import Session, User
from ...speech.types import TimeRange
from ...transcripts.forms.session import SessionForm
from .delivering import DeliveryError

# By how much the clock of a dictation may be ahead of the time that it took, and be longer than one lasts.
_SLACK_MS = 60_000
_LONGEST_AGO_MS = 2**31 - 1


class BegunForm(SessionForm):
    """A dictation that a page began: its id, how long ago it began and ended, and how long it is, without pauses.

    Without `ended_ago_ms` it goes on, and a worker is to take it over.
    """

    id = forms.UUIDField()
    began_ago_ms = forms.IntegerField(min_value=0, max_value=_LONGEST_AGO_MS)
    ended_ago_ms = forms.IntegerField(min_value=0, max_value=_LONGEST_AGO_MS, required=False)
    clock_ms = forms.IntegerField(min_value=0)
    is_paused = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if {"began_ago_ms", "clock_ms"} <= values.keys():
            ended_ago_ms = values.get("ended_ago_ms") or 0
            longest_ms = min(values["began_ago_ms"] - ended_ago_ms, settings.LIMIT_SESSION_SECONDS * 1000)
            if values["clock_ms"] > longest_ms + _SLACK_MS:
                raise forms.ValidationError(_("This dictation is longer than the time since it began."))
        return values


@transaction.atomic
def enter(user: User, form: BegunForm, now: datetime) -> bool:
    """Makes the session of a valid form, in which nothing was received so far; False if it is known already.

    Raises DeliveryError.
    """
    values = form.cleaned_data
    if _is_known(user, values, now):
        return False
    ended_ago_ms: int | None = values["ended_ago_ms"]
    if ended_ago_ms is not None and ended_ago_ms > settings.TAPE_HOURS * 3_600_000:
        raise DeliveryError(_("This sound comes too late: the dictation has ended long ago."), 410)
    session: Session = form.save(commit=False)
    session.pk, session.user = values["id"], user
    session.created_at = now - timedelta(milliseconds=values["began_ago_ms"])
    session.clock_ms = session.settled_ms = values["clock_ms"]
    if ended_ago_ms is None:
        session.active_at, session.paused = now, values["is_paused"]
        session.clock_at = None if session.paused else now
    else:
        session.active_at = session.ended_at = now - timedelta(milliseconds=ended_ago_ms)
    try:
        with transaction.atomic():
            session.save(force_insert=True)
    except IntegrityError:
        # Another request of the page was quicker.
        if _is_known(user, values, now):
            return False
        raise
    session.note_outages([TimeRange(0, session.clock_ms)])
    return True


def _is_known(user: User, values: dict[str, Any], now: datetime) -> bool:
    """Whether there is such a session; ends one that no worker has taken meanwhile, if its page did.

    Raises DeliveryError.
    """
    session = Session.all_objects.select_for_update().filter(pk=values["id"]).first()
    if session is None:
        return False
    if session.user_id != user.pk:
        raise DeliveryError(_("This dictation does not exist."), 404)
    if values["ended_ago_ms"] is not None and not session.gen:
        session.end(now)
    return True
