"""Gives a sentence to another speaker, as a change that can be undone like any other."""

from dataclasses import replace
from functools import partial

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from ..models import ChangeKind, Session, User, Utterance
from .changes import Change, EditConflict, EditError, State, locked_row, locked_session
from .speakers import speakers_named


def numbers(session: Session, shared: bool) -> set[int]:
    """Those who can say a sentence of this source: whoever says one already, and the source itself if there are two."""
    rows = session.utterances.with_text().filter(shared=shared).order_by()
    found = set(rows.values_list("speaker", flat=True))
    return found | {0} if session.has_shared else found


@transaction.atomic
def give(utterance: Utterance, number: int | None, version: int, by: User | None) -> Utterance:
    """Gives a sentence to the voice `number` of its source, or to a new one if that is None.

    To whoever says it already changes nothing, whatever the version. Raises EditError, EditConflict, GoneError.
    """
    session = locked_session(utterance.session_id)
    row = locked_row(session, utterance.pk)
    if row.speaker == number:
        return row
    if row.version != version:
        raise EditConflict(row)
    if number is None:
        number = _new(session)
    elif number not in numbers(session, row.shared):
        raise EditError(_("Nobody with this number speaks in this transcript."))
    state = replace(State.of(row), speaker=number, speaker_set=True)
    Change(session, ChangeKind.SPEAKER, by).put(row, state).save()
    if not session.tells_speakers:
        # From now on there are two: who was heard so far, and this one.
        session.voices = 2
        session.save(update_fields=["voices"])
        transaction.on_commit(partial(speakers_named.send_robust, session))
    return row


def _new(session: Session) -> int:
    """A number that nobody has, nor had: an undone change may come back with it, or a name."""
    used = [
        session.utterances.aggregate(most=Max("speaker"))["most"],
        Utterance.history.filter(session=session).aggregate(most=Max("speaker"))["most"],
        session.speaker_names.aggregate(most=Max("number"))["most"],
        # Who speaks alone is the first.
        0 if session.has_shared else 1,
    ]
    return max(session.voices, *(each or 0 for each in used)) + 1
