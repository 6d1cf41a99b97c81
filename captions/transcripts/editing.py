"""Corrections. Every change of an utterance's text is made here; `versions` takes changes back.

A change names the version that it is based on; if the utterance has changed since, EditConflict carries the current
row. Each function is one transaction and raises GoneError if the session or the utterance was deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from ..core.characters import space_between
from ..models import ChangeKind, Session, User, Utterance
from ..speech.types import Word
from .changes import (
    LONGEST_TEXT,
    Change,
    EditConflict,
    EditError,
    GoneError,
    State,
    keep_what_was_heard,
    locked_row,
    locked_session,
    storable_text,
)
from .realign import in_text, realigned
from .wording import Wording

__all__ = [
    "LONGEST_TEXT",
    "EditConflict",
    "EditError",
    "GoneError",
    "Replaced",
    "Rewriting",
    "edit",
    "merge",
    "places",
    "replace_all",
    "rewrite",
    "split",
]


@transaction.atomic
def edit(
    utterance: Utterance, text: str, version: int, by: User | None, *, sitting: UUID | None = None
) -> Utterance:
    """Changes the text of an utterance and realigns its words; an empty text removes it from the transcript.

    Edits with the same `sitting` (one user editing one utterance without a break) make one version. The text that is
    already stored changes nothing, whatever the version: a request whose answer was lost can be repeated.
    """
    text = storable_text(text)
    session = locked_session(utterance.session_id)
    row = locked_row(session, utterance.pk)
    if row.text == text:
        return row
    if row.version != version:
        raise EditConflict(row)
    keep_what_was_heard([row])
    records = row.history.order_by("-version")
    last = records.first()
    if (
        sitting
        and last.change == sitting
        and last.kind == ChangeKind.EDIT
        and by
        and last.history_user_id == by.pk
    ):
        before = State.of(records[1]).said_by(row)
    else:
        if sitting and Utterance.history.filter(change=sitting).exists():
            sitting = None
        before, last = State.of(row), None
    state = _corrected(before, text, row)
    change = Change(session, ChangeKind.EDIT, by).put(row, state)
    if sitting:
        change.id = sitting
    if last is not None:
        # The new version replaces the one that this sitting has made so far.
        last.delete()
    change.save()
    return row


def _corrected(before: State, text: str, row: Utterance) -> State:
    if text:
        as_heard = row.history.filter(text=text, corrected=False).order_by("-version").first()
        if as_heard is not None and (as_heard.start_ms, as_heard.end_ms) == (row.start_ms, row.end_ms):
            return State.of(as_heard).said_by(row)
    return _written(before, text, corrected=True)


def _written(before: State, text: str, *, corrected: bool) -> State:
    words = realigned(text, before.spoken(), before.start_ms, before.end_ms)
    return before.with_words(words, text=text, corrected=corrected)


@transaction.atomic
def split(
    utterance: Utterance, first: str, second: str, version: int, by: User | None
) -> tuple[Utterance, Utterance]:
    """Splits an utterance into two, with the texts `first` and `second`; returns both.

    The second is a new utterance with the next `seq` of the session. Raises EditError if a text is empty.
    """
    first, second = storable_text(first), storable_text(second)
    if not first or not second:
        raise EditError(_("Put the cursor between two words to split there."))
    session = locked_session(utterance.session_id)
    row = locked_row(session, utterance.pk, version)
    before = State.of(row)
    if before.end_ms - before.start_ms < 2:
        raise EditError(_("This sentence is too short to be split."))
    words = realigned(f"{first} {second}", before.spoken(), before.start_ms, before.end_ms)
    head, tail = _divided(words, first)
    at_ms = min(max(tail[0].start_ms, before.start_ms + 1), before.end_ms - 1)
    until_ms = min(max(head[-1].end_ms, before.start_ms + 1), at_ms)
    corrected = before.corrected or in_text(before.text).replace(" ", "") != (first + second).replace(" ", "")
    parts = (
        before.with_words(
            _within(head, before.start_ms, until_ms), text=first, end_ms=until_ms, corrected=corrected
        ),
        before.with_words(
            _within(tail, at_ms, before.end_ms), text=second, start_ms=at_ms, corrected=corrected
        ),
    )
    change = Change(session, ChangeKind.SPLIT, by).put(row, parts[0])
    new = change.add(row, parts[1])
    change.save()
    return row, new


def _divided(words: tuple[Word, ...], first: str) -> tuple[list[Word], list[Word]]:
    letters = len(first.replace(" ", ""))
    count = 0
    for number, word in enumerate(words):
        if count >= letters:
            return list(words[:number]), list(words[number:])
        count += len(word.text.replace(" ", ""))
    raise AssertionError("the second part has words")


def _within(words: list[Word], start_ms: int, end_ms: int) -> list[Word]:
    return [
        Word(
            min(max(word.start_ms, start_ms), end_ms),
            min(max(word.end_ms, start_ms), end_ms),
            word.text,
            word.probability,
        )
        for word in words
    ]


@transaction.atomic
def merge(
    utterance: Utterance,
    version: int,
    by: User | None,
    *,
    next_seq: int | None = None,
    next_version: int | None = None,
) -> tuple[Utterance, Utterance]:
    """Joins the next utterance in time to this one; returns both. The row of the next one remains, without text.

    Raises EditConflict if the next one does not have `next_seq` or is not at `next_version`, where given.
    """
    session = locked_session(utterance.session_id)
    row = locked_row(session, utterance.pk, version)
    following = _following(session, row)
    if following is None:
        raise EditError(_("There is no sentence after this one."))
    other = locked_row(session, following, next_version)
    if next_seq is not None and other.seq != next_seq:
        raise EditConflict(other)
    if other.shared != row.shared:
        raise EditError(
            _("One sentence is yours, the other is from the shared sound: they cannot be merged.")
        )
    one, two = State.of(row), State.of(other)
    if not one.text:
        raise EditError(_("This sentence is empty, so nothing can be merged with it."))
    text = storable_text(f"{one.text}{space_between(one.text, two.text)}{two.text}")
    words = realigned(text, (*one.spoken(), *two.spoken()), one.start_ms, max(one.end_ms, two.end_ms))
    joined = one.with_words(
        words, text=text, end_ms=max(one.end_ms, two.end_ms), corrected=one.corrected or two.corrected
    )
    change = Change(session, ChangeKind.JOIN, by)
    change.put(row, joined).put(other, two.emptied(corrected=False)).save()
    return row, other


def _following(session: Session, row: Utterance) -> int | None:
    """The key of the next utterance with text, in the order of the page (`in_time`)."""
    order = list(session.utterances.with_text().in_time().values_list("pk", flat=True))
    place = order.index(row.pk) if row.pk in order else len(order)
    return order[place + 1] if place + 1 < len(order) else None


@dataclass(frozen=True, slots=True)
class Replaced:
    """The result of a replacement: the number of places, the changed utterances, and the id of the change for undo."""

    places: int
    rows: list[Utterance]
    change: UUID | None


def places(session: Session, wording: Wording, *, besides: Utterance | None = None) -> int:
    """The number of places in a session's utterances, without `besides`, that a wording would change."""
    texts = session.utterances.with_text()
    if besides is not None:
        texts = texts.exclude(pk=besides.pk)
    longest = max(wording.sought.replace("’", "'").replace("'", " ").split(), key=len, default="")
    return sum(
        wording.places(text) for text in texts.filter(text__icontains=longest).values_list("text", flat=True)
    )


@transaction.atomic
def replace_all(session: Session, wording: Wording, by: User | None) -> Replaced:
    """Replaces a wording in all utterances of a session, as one change."""
    session = locked_session(session.pk)
    found = 0
    texts: dict[int, str] = {}
    # Words are the most of a row, so they are read only of those that change.
    for pk, text in session.utterances.with_text().values_list("pk", "text"):
        count = wording.places(text)
        if count:
            found += count
            texts[pk] = storable_text(wording.applied(text))
    if not texts:
        return Replaced(0, [], None)
    rows = list(session.utterances.select_for_update().filter(pk__in=list(texts)).order_by("pk"))
    keep_what_was_heard(rows)
    heard = set(Utterance.history.filter(session=session, corrected=False).values_list("id", "text"))
    change = Change(session, ChangeKind.REPLACE, by)
    for row in rows:
        text = texts[row.pk]
        change.put(row, _written(State.of(row), text, corrected=(row.pk, text) not in heard))
    change.save()
    return Replaced(found, rows, change.id)


@dataclass(frozen=True, slots=True)
class Rewriting:
    """The state that the second pass gives the utterance `pk` at `version`; without `pk`, a new one in `language`.

    `shared` says whether a new one is from the shared sound.
    """

    state: State
    pk: int | None = None
    version: int | None = None
    language: str = ""
    shared: bool = False


@transaction.atomic
def rewrite(
    session: Session, rewritings: Sequence[Rewriting], by: User | None
) -> tuple[list[Utterance], UUID]:
    """Applies rewritings as one change; returns the rows in the order of `rewritings`, and the id of the change.

    Raises EditConflict for the first utterance that is at another version; nothing is changed then.
    """
    session = locked_session(session.pk)
    change = Change(session, ChangeKind.AGAIN, by)
    rows: list[Utterance] = []
    for rewriting in rewritings:
        state = replace(rewriting.state, text=storable_text(rewriting.state.text))
        if rewriting.pk is None:
            said_at = session.created_at + timedelta(milliseconds=state.end_ms)
            like = Utterance(
                language=rewriting.language,
                created_at=said_at,
                shared=rewriting.shared,
                speaker=_nearest_speaker(session, state, shared=rewriting.shared),
            )
            rows.append(change.add(like, state))
            continue
        row = locked_row(session, rewriting.pk, rewriting.version)
        change.put(row, state)
        rows.append(row)
    change.save()
    return rows, change.id


def _nearest_speaker(session: Session, state: State, *, shared: bool) -> int:
    """Who says the sentence of the same source that is nearest to this time."""
    if not session.voices:
        return 0
    rows = session.utterances.with_text().filter(shared=shared).order_by()
    times = rows.values_list("start_ms", "end_ms", "speaker")
    distances = ((max(start - state.end_ms, state.start_ms - end), number) for start, end, number in times)
    return min(distances, default=(0, 0))[1]
