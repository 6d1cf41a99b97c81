"""The finals of a session for its readers, from the database."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils import translation

from ..models import Session, Utterance
from ..protocol import messages
from ..speech.speakers import Speakers
from ..transcripts.finals import SYNC_PAGE, as_messages
from ..transcripts.speakers import described, speakers_of
from .events import Position, Shown

_STATES: dict[str, messages.MediaState] = {
    "new": "connecting",
    "live": "live",
    "paused": "paused",
    "ended": "ended",
}


def state(session: UUID) -> dict[str, Any] | None:
    """How the session stands, as a message; None if it is gone."""
    found = Session.objects.filter(pk=session).first()
    if found is None:
        return None
    return messages.media(_STATES[found.state], gen=found.gen, clock_ms=found.clock_ms)


def who_speaks(session: UUID, language: str) -> tuple[Speakers | None, list[dict[str, Any]]]:
    """What those who speak are called, in a language of the interface, and the list of them."""
    found = Session.objects.filter(pk=session).first()
    if found is None or not found.tells_speakers:
        return None, []
    with translation.override(language):
        return speakers_of(found), described(found)


def last_seq(session: UUID) -> int:
    """The number of the last final; 0 if there is none."""
    last: int | None = Utterance.objects.filter(session=session).aggregate(last=Max("seq"))["last"]
    return last or 0


def shown(session: UUID, since: Position) -> Shown:
    """What a reader has who was at `since`."""
    rows = Utterance.objects.filter(session=session)
    seq = min(since.seq, last_seq(session))
    has = Shown(seq, dict(rows.filter(seq__lte=seq, version__gt=1).values_list("seq", "version")))
    # Else sentences were corrected meanwhile, nobody knows which: it gets each that ever was.
    return has if since.revision in (None, has.position.revision) else Shown(seq)


def after(session: UUID, seq: int) -> list[dict[str, Any]]:
    """The next finals after `seq`, at most SYNC_PAGE, as messages."""
    return as_messages(Utterance.objects.filter(session=session).after(seq)[:SYNC_PAGE])


def corrected(session: UUID, shown: Shown) -> list[int]:
    """The numbers of the sentences that a reader has in an older version."""
    rows = Utterance.objects.filter(session=session, seq__lte=shown.seq, version__gt=1).order_by("seq")
    return [seq for seq, version in rows.values_list("seq", "version") if version > shown.version(seq)]


def these(session: UUID, seqs: Sequence[int]) -> list[dict[str, Any]]:
    """The finals with these numbers, as messages."""
    return as_messages(Utterance.objects.filter(session=session, seq__in=seqs).order_by("seq"))


def is_over(session: UUID, since: Position) -> bool:
    """Whether the session has ended, and the reader has all of it and its end."""
    if not since.ended or not Session.objects.filter(pk=session, ended_at__isnull=False).exists():
        return False
    has = shown(session, since)
    return (
        not corrected(session, has) and not Utterance.objects.filter(session=session).after(has.seq).exists()
    )
