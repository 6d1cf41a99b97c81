"""Requests second passes, and cancels them."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Proposal, Recording, Session, TranscriptGap, User
from ..models.proposal import CANCELLED, DONE, FAILED, READY
from ..transcripts.changes import EditError, GoneError, locked_session

# No automatic second pass for dictations that ended longer ago: their owners may rely on them as they are.
_LATELY = timedelta(hours=1)
_SOON = timedelta(minutes=1)
_OVER = (DONE, FAILED)


@transaction.atomic
def ask(session: Session, *, tell_speakers: bool = False) -> Proposal:
    """The proposal that is pending or ready; otherwise a new one, which replaces a finished one.

    With `tell_speakers` a new one tells voices apart as well.

    Raises EditError if a second pass is not possible, GoneError if the session is deleted.
    """
    session = locked_session(session.pk)
    proposal = Proposal.objects.filter(session=session).first()
    if proposal is not None and (proposal.is_pending or proposal.state == READY):
        return proposal
    if session.ended_at is None:
        raise EditError(_("This dictation is still running. It can be transcribed again when it has ended."))
    recording = Recording.objects.kept().filter(session=session).first()
    if recording is None:
        raise EditError(_("This transcript has no recording, or the recording is still being prepared."))
    _refuse_too_many(session.user)
    if proposal is not None:
        proposal.delete()
    return Proposal.objects.create(
        session=session, duration_ms=recording.duration_ms, tell_speakers=tell_speakers
    )


def ask_by_itself(now: datetime) -> list[Proposal]:
    """New proposals for dictations that ended recently and whose owners want an automatic second pass.

    The recording has to be complete, without pending gaps. A dictation that was continued gets another second pass.
    """
    sessions = Recording.objects.kept().filter(
        ~Exists(TranscriptGap.objects.pending().filter(session=OuterRef("session"))),
        Q(session__proposal=None)
        | Q(
            session__proposal__automatic=True,
            session__proposal__state__in=_OVER,
            session__proposal__duration_ms__lt=F("duration_ms"),
        ),
        kept_at__gt=now - _LATELY,
        session__upload=None,
        session__ended_at__isnull=False,
        session__user__second_pass=True,
    )
    found = [_ask_by_itself(pk) for pk in sessions.values_list("session", flat=True)]
    return [proposal for proposal in found if proposal is not None]


@transaction.atomic
def _ask_by_itself(pk: UUID) -> Proposal | None:
    try:
        session = locked_session(pk)
    except GoneError:
        return None
    recording = Recording.objects.kept().filter(session=session).first()
    # The owner, or another process, may have requested one meanwhile.
    asked = Proposal.objects.filter(session=session).exclude(automatic=True, state__in=_OVER)
    if recording is None or session.ended_at is None or asked.exists():
        return None
    Proposal.objects.filter(session=session).delete()
    return Proposal.objects.create(session=session, duration_ms=recording.duration_ms, automatic=True)


def is_expected(session: Session, now: datetime) -> bool:
    """Whether a session without a proposal will soon get an automatic second pass."""
    return (
        session.keep_sound
        and session.user.second_pass
        and session.ended_at is not None
        and now - session.ended_at < _SOON
        and not hasattr(session, "upload")
    )


def _refuse_too_many(user: User) -> None:
    # Locked, so that simultaneous requests cannot exceed the limit.
    User.objects.select_for_update().get(pk=user.pk)
    most = settings.LIMIT_UPLOADS_PER_USER
    if Proposal.objects.pending().filter(session__user=user, automatic=False).count() >= most:
        raise EditError(
            ngettext(
                "%(count)s of your transcripts is already being transcribed again. "
                "Try again when it is done.",
                "%(count)s of your transcripts are already being transcribed again. "
                "Try again when some are done.",
                most,
            )
            % {"count": most}
        )


def cancel(session: Session) -> None:
    """Cancels a pending second pass; one that is ready stays."""
    Proposal.objects.pending().filter(session=session).update(state=CANCELLED, due_at=None)
