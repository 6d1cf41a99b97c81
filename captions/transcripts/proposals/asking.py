"""Asks for a second hearing, and takes that back."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...models import Proposal, Recording, Session, User
from ...models.proposal import CANCELLED, READY
from ..changes import EditError, locked_session


@transaction.atomic
def ask(session: Session) -> Proposal:
    """A new proposal in the place of one that is over, or the one that is not. Raises EditError where there cannot be
    one, GoneError where there is no session any more."""
    session = locked_session(session.pk)
    proposal = Proposal.objects.filter(session=session).first()
    if proposal is not None and (proposal.is_moving or proposal.state == READY):
        return proposal
    if session.ended_at is None:
        raise EditError(_("This dictation goes on. Its sound can be listened to again when it has ended."))
    recording = Recording.objects.kept().filter(session=session).first()
    if recording is None:
        raise EditError(
            _("There is no sound of this transcript to listen to, or it is still being made ready.")
        )
    _refuse_too_many(session.user)
    if proposal is not None:
        proposal.delete()
    return Proposal.objects.create(session=session, duration_ms=recording.duration_ms)


def _refuse_too_many(user: User) -> None:
    # The lock lets nobody begin more than may be under way by beginning them at once.
    User.objects.select_for_update().get(pk=user.pk)
    most = settings.LIMIT_UPLOADS_PER_USER
    if Proposal.objects.moving().filter(session__user=user).count() >= most:
        raise EditError(
            ngettext(
                "We are listening to %(count)s transcript of yours already. Try again when it is done.",
                "We are listening to %(count)s transcripts of yours already. Try again when some are done.",
                most,
            )
            % {"count": most}
        )


def cancel(session: Session) -> None:
    """Has nobody listen any more; what is ready stays."""
    Proposal.objects.moving().filter(session=session).update(state=CANCELLED, active_at=timezone.now())
