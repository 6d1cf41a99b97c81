"""Obeys what was commanded in a sentence, in the transaction that saves it, and before its replacements are made.

What was heard stays as its first version. A command that takes back the sentence before, or belongs behind it, is one
change of both, so that it is undone in both.
"""

from collections.abc import Mapping
from functools import partial
from uuid import UUID

from ..commands.spoken import Spoken, added, commands
from ..models import ChangeKind, Session, Utterance
from . import bulk
from .acting import Done, act
from .changes import LONGEST_TEXT, Change, EditError, State
from .realign import in_text, realigned
from .versions import undo_in

_MARKS = "marks"
# The changes that a spoken "undo that" takes back.
_UNDOABLE = ("scratch", _MARKS, "write", "insert")
_KINDS = (ChangeKind.COMMAND, ChangeKind.ACTION)


def obey(session: Session, row: Utterance, saved: Mapping[int, Utterance], *, acts: bool) -> Done | None:
    """Obeys the command in an utterance that was just inserted, if it has one. The session has to be locked.

    `saved` are the utterances that are saved with it, by primary key. Without `acts` marks are made, nothing is taken
    back, and no own action is done. Says what became of one of these.
    """
    words = State.of(row).spoken()
    spoken = commands(words, row.language, acts=acts)
    is_own = acts and not (spoken and spoken.action)
    if is_own and (done := act(session, row, partial(_before, session, row, saved))):
        return done
    _obey(session, row, saved, spoken, acts=acts)
    return None


def _obey(
    session: Session, row: Utterance, saved: Mapping[int, Utterance], spoken: Spoken | None, *, acts: bool
) -> None:
    if spoken is None:
        return
    before = _before(session, row, saved) if spoken.before or spoken.action == "scratch" else None
    if spoken.before and (before is None or not before.text.strip()):
        before, spoken = None, commands(State.of(row).spoken(), row.language, follows=False, acts=acts)
    if spoken is None or (spoken.action == "scratch" and before is None):
        return
    if spoken.action == "undo" and not _undo_last(session, saved):
        return
    change = Change(session, ChangeKind.COMMAND, None, reason=spoken.action or _MARKS, announced=row.pk)
    if before is not None:
        change.put(before, _before_it(State.of(before), spoken))
    change.put(row, _written(State.of(row), spoken.text)).save()


def obeyed(row: Utterance) -> tuple[str, str] | None:
    """What a saved utterance has done by a command, other than writing, and the id of its change; None for others."""
    records = row.history.filter(kind__in=_KINDS).exclude(history_change_reason=_MARKS)
    record = records.order_by("version").first()
    if record is None or _rows_of(row.session, record.change)[-1].pk != row.pk:
        return None
    return record.history_change_reason, str(record.change)


def _before(session: Session, row: Utterance, saved: Mapping[int, Utterance]) -> Utterance | None:
    """The utterance with text that was said before, of the same source."""
    there = session.utterances.with_text().filter(shared=row.shared, start_ms__lte=row.start_ms)
    found = there.exclude(pk=row.pk).order_by("-start_ms", "-seq").first()
    return saved.get(found.pk, found) if found else None


def _before_it(state: State, spoken: Spoken) -> State:
    if spoken.action == "scratch":
        return state.emptied(corrected=True)
    return _written(state, added(state.text, spoken.before))


def _written(state: State, text: str) -> State:
    text = in_text(text)
    if not text:
        return state.emptied(corrected=True)
    if len(text) > LONGEST_TEXT:
        return state
    words = realigned(text, state.spoken(), state.start_ms, state.end_ms)
    return state.with_words(words, text=text, corrected=True)


def _rows_of(session: Session, change: UUID) -> list[Utterance]:
    """The utterances of a change in the order of time: the one that commanded it is the last."""
    changed = Utterance.history.filter(session=session, change=change)
    return list(session.utterances.in_time().filter(pk__in=changed.values("id")))


def _undo_last(session: Session, saved: Mapping[int, Utterance]) -> bool:
    """Takes back what the last command has written or taken back; False if there is none, or it was changed since."""
    versions = Utterance.history.filter(session=session)
    undone = set(versions.filter(kind=ChangeKind.UNDO).values_list("history_change_reason", flat=True))
    done = versions.filter(kind__in=_KINDS, history_change_reason__in=_UNDOABLE)
    changes = done.order_by("-history_id").values_list("change", "history_change_reason")
    last = next((each for each in changes if str(each[0]) not in undone), None)
    if last is None:
        return False
    change, reason = last
    rows = _rows_of(session, change)
    # The words "scratch that" stay away.
    wanted = rows[:-1] if reason == "scratch" else rows
    session.save(update_fields=["last_seq", "word_count", "corrections"])
    try:
        changed = undo_in(session, change, {row.pk for row in wanted}, None)
    except EditError:
        return False
    session.refresh_from_db(fields=["word_count", "corrections"])
    for row in changed:
        if (mine := saved.get(row.pk)) is not None:
            for name in ("version", *bulk.FIELDS):
                setattr(mine, name, getattr(row, name))
    return True
