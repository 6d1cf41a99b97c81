"""Requests summaries, and cancels them."""

from django.conf import settings
from django.db import transaction
from django.utils.formats import localize
from django.utils.translation import gettext as _

from ..core.errors import RefusedError
from ..models import Session, Summary, User
from ..models.summary import CANCELLED, USUAL_PROMPT
from ..transcripts.changes import locked_session
from ..transcripts.export import encode
from ..transcripts.stored import transcript_of
from .service import Service


class SummaryError(RefusedError):
    """There can be no summary."""


def text_of(session: Session) -> str:
    """The transcript as it is sent. Raises SummaryError if it is empty or longer than LLM_CHARACTERS."""
    most: int = settings.LLM_CHARACTERS
    pieces, size = [], 0
    for piece in encode("txt", transcript_of(session, with_words=False)):
        pieces.append(piece.decode())
        size += len(pieces[-1])
        if size > most:
            raise SummaryError(
                _("This transcript is too long to be summarised: this server allows %(most)s characters.")
                % {"most": localize(most)}
            )
    text = "".join(pieces).strip()
    if not text:
        raise SummaryError(_("This transcript has no words."))
    return text


@transaction.atomic
def ask(session: Session, service: Service) -> Summary:
    """The summary that is pending; otherwise a new one, which replaces a finished one.

    Raises SummaryError, and GoneError if the session is deleted.
    """
    session = locked_session(session.pk)
    # Locked, so that simultaneous requests make only one.
    user = User.objects.select_for_update().get(pk=session.user_id)
    summary = Summary.objects.filter(session=session).first()
    if summary is not None and summary.is_pending:
        return summary
    if session.ended_at is None:
        raise SummaryError(_("This dictation is still running. It can be summarised when it has ended."))
    if Summary.objects.pending().filter(session__user=user).exists():
        raise SummaryError(_("Another of your transcripts is being summarised. Try again when it is done."))
    text_of(session)
    if summary is not None:
        summary.delete()
    return Summary.objects.create(
        session=session,
        prompt=user.summary_prompt or str(USUAL_PROMPT),
        host=service.host,
        model=service.model,
    )


def cancel(session: Session) -> None:
    """Cancels a pending summary; what is written stays. The worker notices within a second, and hangs up."""
    Summary.objects.pending().filter(session=session).update(state=CANCELLED, message="", due_at=None)
