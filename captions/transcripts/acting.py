"""Does a person's own actions that were spoken, in the transaction that saves the sentence, and what is answered.

What is sent takes the sentence out of the text. What is asked about first stays text until somebody says yes. All of it
happens under the lock of the session, so that a sentence is sent once, whoever says yes how often.
"""

from collections.abc import Callable, Sequence
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.dispatch import Signal
from django.utils.translation import gettext

from ..commands import template
from ..commands.spoken import is_sure
from ..commands.tables import phrase_of, table_of
from ..models import (
    ActionDoes,
    ChangeKind,
    Session,
    SpokenAction,
    SpokenCall,
    User,
    Utterance,
    WebhookDelivery,
    WebhookEvent,
)
from ..models.shared_clock import shared_now
from ..speech.types import certainty, join
from .changes import (
    LONGEST_TEXT,
    Change,
    EditError,
    GoneError,
    State,
    locked_row,
    locked_session,
    storable_text,
)
from .finals import as_messages
from .realign import in_text, realigned

Done = Literal["asked", "acted"]

call_answered = Signal()
"""Sent after the commit when pages of a session (the sender) are to be shown an answer; `message` is for them."""


def chosen(user: User, text: str) -> tuple[SpokenAction, template.Slots] | None:
    """The first action of a person that a text is as a whole, with its slots; None if it is none."""
    said = template.heard(text)
    if not said or (said_behind := template.behind(user.lead_word, said)) is None:
        return None
    for action in user.spoken_actions.all():
        try:
            slots = template.read(action.template).match(said_behind, text)
        except template.TemplateError:
            # Of a version of this server that took it.
            continue
        if slots is not None:
            return action, slots
    return None


def act(session: Session, row: Utterance, find_before: Callable[[], Utterance | None]) -> Done | None:
    """Does the action that an utterance is, which was just inserted into a locked session; None if it is none.

    `find_before` finds what was said before it: a yes is meant for that alone.
    """
    words = State.of(row).spoken()
    text = join(list(words))
    if not text or not is_sure(words):
        return None
    before = find_before() if _is_yes(text, row.language) else None
    if before is not None and (call := _asked(session, before.seq)):
        _send(session, call, before, [before, row], None, announced=row.pk)
        return "acted"
    found = chosen(session.user, text)
    if found is None:
        return None
    action, slots = found
    if action.does == ActionDoes.WRITE:
        return _write(session, row, template.filled(action.text, slots))
    call = SpokenCall(
        session=session, seq=row.seq, name=action.name, slots=slots, text=text, confidence=certainty(words)
    )
    if action.does == ActionDoes.ASK:
        call.asked_until = shared_now() + SpokenCall.ASKED_FOR
        call.save()
        return "asked"
    _send(session, call, row, [row], None, announced=row.pk)
    return "acted"


@transaction.atomic
def confirm(session: Session, seq: int, by: User) -> Utterance:
    """Sends what was asked about; returns its sentence, which is not text any more.

    Raises EditError if it was sent already or that was too long ago, and GoneError.
    """
    session = locked_session(session.pk)
    call = _asked(session, seq)
    row = session.utterances.filter(seq=seq).first()
    if call is None or row is None:
        raise EditError(gettext("It is too late for this. Say it again."))
    row = locked_row(session, row.pk)
    _send(session, call, row, [row], by, announced=None)
    return row


@transaction.atomic
def answer(session_id: UUID, seq: int, *, say: str, insert: str) -> None:
    """Shows what a receiver has answered, and writes what it wants inserted in the place of the sentence.

    Nothing happens where it comes too late, the sentence has words again, or the transcript was deleted.
    """
    try:
        session = locked_session(session_id)
    except GoneError:
        return
    call = session.spoken_calls.filter(seq=seq).first()
    row = session.utterances.select_for_update().filter(seq=seq).first()
    if call is None or row is None or not call.may_be_answered(shared_now()):
        return
    change = _inserted(session, call, row, insert)
    if not say and change is None:
        return
    told = {"does": "say" if say else "insert", "name": call.name, "says": say, "change": change or ""}
    [message] = as_messages([row])
    message["command"] = {name: value for name, value in told.items() if value}
    transaction.on_commit(lambda: call_answered.send_robust(session, message=message))


def name_of(row: Utterance) -> str:
    """The name of the action that an utterance was, or to which it said yes."""
    calls = SpokenCall.objects.filter(session=row.session_id, seq__lte=row.seq)
    return calls.order_by("-seq").values_list("name", flat=True).first() or ""


def _is_yes(text: str, language: str) -> bool:
    table = table_of(language)
    return table is not None and phrase_of(text) in table.yes


def _asked(session: Session, seq: int) -> SpokenCall | None:
    waiting = session.spoken_calls.filter(seq=seq, sent_at=None, asked_until__gt=shared_now())
    found: SpokenCall | None = waiting.first()
    return found


def _send(
    session: Session,
    call: SpokenCall,
    row: Utterance,
    spoken: Sequence[Utterance],
    by: User | None,
    *,
    announced: int | None,
) -> None:
    """Notes a call for the webhooks of its account, and takes what was `spoken` out of the text."""
    change = Change(session, ChangeKind.ACTION, by, reason="send", announced=announced)
    for each in spoken:
        change.put(each, State.of(each).emptied(corrected=True))
    change.save()
    call.sent_at, call.asked_until, call.version = shared_now(), None, row.version
    call.save()
    data = {
        "session": str(session.pk),
        "utterance": str(row.key),
        "seq": row.seq,
        "name": call.name,
        "confidence": round(call.confidence, 3),
    }
    WebhookDelivery.objects.note(WebhookEvent.COMMAND_SPOKEN, [(session.user_id, data)])


def _write(session: Session, row: Utterance, text: str) -> Done | None:
    text = in_text(text)
    if not text.strip() or len(text) > LONGEST_TEXT:
        return None
    change = Change(session, ChangeKind.ACTION, None, reason="write", announced=row.pk)
    change.put(row, _with_text(row, text)).save()
    return "acted"


def _inserted(session: Session, call: SpokenCall, row: Utterance, insert: str) -> str | None:
    """The id of the change; None if nothing was inserted."""
    try:
        text = storable_text(insert)
    except EditError:
        return None
    if not text or row.text or row.version != call.version:
        return None
    change = Change(session, ChangeKind.ACTION, None, reason="insert")
    change.put(row, _with_text(row, text)).save()
    return str(change.id)


def _with_text(row: Utterance, text: str) -> State:
    state = State.of(row)
    words = realigned(text, state.spoken(), row.start_ms, row.end_ms)
    return state.with_words(words, text=text, corrected=True)
