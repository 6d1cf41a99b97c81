"""Reopens a dictation that has ended, so that a worker takes it over as it takes over a running one."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from ..core.errors import RefusedError
from ..models import Proposal, Session, TranscriptGap, User
from ..models.proposal import READY
from ..models.session import SessionSource
from ..recordings.extent import sound_until
from ..transcripts.changes import GoneError

# By how much the clock of a page may be ahead.
_SLACK_MS = 60_000


class ContinueError(RefusedError):
    """Why a dictation cannot be continued, as a sentence for the user; nothing has changed."""


def can_continue(session: Session) -> bool:
    """Whether the session is a dictation that may become longer."""
    return session.source == SessionSource.LIVE and session.clock_ms < settings.LIMIT_SESSION_SECONDS * 1000


@transaction.atomic
def reopen(user: User, pk: uuid.UUID, now: datetime, *, at_ms: int = 0) -> Session:
    """Reopens a session of the user that no worker holds; its clock goes on behind everything that is known of it.

    It is at `at_ms` at least: so far a page has recorded it itself.

    Safe to repeat: a session that is open stays so. Either way the last worker can no longer end it: what it still
    has to report is of before. Raises ContinueError, GoneError.
    """
    session = user.sessions.select_for_update(of=("self",)).filter(pk=pk).first()
    if session is None:
        raise GoneError
    if session.source != SessionSource.LIVE:
        raise ContinueError(_("This transcript is of a file. Only a dictation can be continued."))
    session.continuations, session.active_at = session.continuations + 1, now
    if session.ended_at is not None:
        # A page may go on for long before the server takes the session for over.
        latest_ms = (now - session.created_at) // timedelta(milliseconds=1) + _SLACK_MS
        session.clock_ms = max(_end_of(session), min(at_ms, latest_ms))
        if not can_continue(session):
            raise ContinueError(_("This dictation is as long as one can be. Start a new one."))
        session.clock_at, session.paused, session.ended_at = None, False, None
        session.settled_ms = session.clock_ms
        _shorten_gaps(session)
        _withdraw_proposal(session)
    session.save(
        update_fields=[
            "continuations",
            "active_at",
            "clock_ms",
            "clock_at",
            "paused",
            "ended_at",
            "settled_ms",
        ]
    )
    return session


def _end_of(session: Session) -> int:
    """The clock behind all words and all sound: a worker that died may have left some after it last reported, or a page
    have delivered some.
    """
    last = session.utterances.order_by("-end_ms").values_list("end_ms", flat=True).first() or 0
    delivered = session.gaps.delivered().aggregate(until=Max("end_ms"))["until"] or 0
    return max(session.clock_ms, last, sound_until(session), delivered)


def _shorten_gaps(session: Session) -> None:
    """Ends each pending gap where the session goes on: the new worker writes down what is said from there."""
    end_ms = session.clock_ms
    for gap in session.gaps.pending().filter(end_ms__gt=end_ms).order_by("start_ms"):
        gap.delete()
        if gap.start_ms < end_ms:
            # Whoever works on the gap finds it gone; this one is due at once.
            TranscriptGap.objects.get_or_create(
                session=session,
                delivery=None,
                end_ms=end_ms,
                defaults={"start_ms": gap.start_ms, "due_at": session.active_at},
            )


def _withdraw_proposal(session: Session) -> None:
    """Withdraws a second pass over what is no longer the whole, unless its person asked for it and has yet to decide.

    The dictation gets another one when it ends.
    """
    asked_for = Q(automatic=False) & (Q(due_at__isnull=False) | Q(state=READY))
    Proposal.objects.filter(session=session).exclude(asked_for).delete()
