"""Adds outputs to dictations."""

from django.db import transaction
from django.utils.translation import gettext as _

from ..core.errors import RefusedError
from ..core.sealing import SealError
from ..models import MOST_OUTPUTS, CaptionOutput, OutputKind, Session
from ..transcripts.changes import locked_session
from .addresses import Address

_REMEMBERED = 20


class OutputError(RefusedError):
    """This dictation gets no further output."""


@transaction.atomic
def add(session: Session, address: Address) -> CaptionOutput:
    """Sends what is said from now on to the address. Raises OutputError, and GoneError for a deleted session."""
    session = locked_session(session.pk)
    if session.ended_at is not None:
        raise OutputError(_("This dictation has ended. Continue it first, then add the address."))
    mine = list(session.outputs.all())
    if any(_address(each) == address.url for each in mine):
        raise OutputError(_("Captions go to this address already."))
    if len(mine) >= MOST_OUTPUTS:
        raise OutputError(
            _("Captions of one dictation can go to %(count)s addresses. Remove one of them first.")
            % {"count": MOST_OUTPUTS}
        )
    output = CaptionOutput(
        session=session,
        kind=address.kind,
        host=address.host,
        sent_seq=session.last_seq,
        next_number=_number_after(session, address),
    )
    output.address = address.url
    output.save()
    return output


def _number_after(session: Session, address: Address) -> int | None:
    """Where another dictation to the same address has stopped counting; YouTube takes no number twice."""
    if address.kind != OutputKind.YOUTUBE:
        return None
    earlier = CaptionOutput.objects.filter(
        session__user=session.user, kind=address.kind, host=address.host, next_number__isnull=False
    ).order_by("-pk")[:_REMEMBERED]
    numbers = [each.next_number or 1 for each in earlier if _address(each) == address.url]
    return max(numbers, default=1)


def _address(output: CaptionOutput) -> str:
    try:
        return output.address
    except SealError:
        return ""
