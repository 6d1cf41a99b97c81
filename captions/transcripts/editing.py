"""Corrections of what was heard. Every change of an utterance's text goes through here, or back through `versions`.

A change names the version it was made from; when that is no longer how the utterance stands, EditConflict says how
it does. Every function is a transaction of its own, and raises GoneError for what was deleted meanwhile.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

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
    """Gives an utterance another text; its words are given times within it. An empty text takes it out.

    Edits of the same `sitting`, one person at one utterance without a break, make one version together. The same
    text once more changes nothing, from whatever version: an answer that was lost can be asked for again.
    """
    text = storable_text(text)
    session = locked_session(utterance.session_id)
    row = locked_row(session, utterance.pk)
    if row.text == text:
        return row
    if row.version != version:
        raise EditConflict(row)
    keep_what_was_heard([row] if row.version == 1 else [])
    records = row.history.order_by("-version")
    last = records.first()
    if (
        sitting
        and last.change == sitting
        and last.kind == ChangeKind.EDIT
        and by
        and last.history_user_id == by.pk
    ):
        before = State.of(records[1])
    else:
        if sitting and Utterance.history.filter(change=sitting).exists():
            sitting = None
        before, last = State.of(row), None
    state = _corrected(before, text, row)
    change = Change(session, ChangeKind.EDIT, by).put(row, state)
    if sitting:
        change.id = sitting
    if last is not None:
        # The version that this sitting has made so far makes room for the new one.
        last.delete()
    change.save()
    return row


def _corrected(before: State, text: str, row: Utterance) -> State:
    if text:
        as_heard = row.history.filter(text=text, corrected=False).order_by("-version").first()
        if as_heard is not None and (as_heard.start_ms, as_heard.end_ms) == (row.start_ms, row.end_ms):
            return State.of(as_heard)
    return _written(before, text, corrected=True)


def _written(before: State, text: str, *, corrected: bool) -> State:
    words = realigned(text, before.spoken(), before.start_ms, before.end_ms)
    return before.with_words(words, text=text, corrected=corrected)


@transaction.atomic
def split(
    utterance: Utterance, first: str, second: str, version: int, by: User | None
) -> tuple[Utterance, Utterance]:
    """Divides an utterance in two, which read `first` and `second`; returns both.

    The second part is a new utterance with the next `seq` of the session, as if it had been saved last.
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
    """Joins the next utterance in time to this one; returns this one, and the other, whose row stands empty now.

    Where it is said which one is meant, and at which version, it has to be that one.
    """
    session = locked_session(utterance.session_id)
    row = locked_row(session, utterance.pk, version)
    following = _following(session, row)
    if following is None:
        raise EditError(_("There is no sentence after this one."))
    other = locked_row(session, following, next_version)
    if next_seq is not None and other.seq != next_seq:
        raise EditConflict(other)
    one, two = State.of(row), State.of(other)
    if not one.text:
        raise EditError(_("This sentence is empty, so nothing can be merged with it."))
    between = "" if _is_wide(one.text[-1]) and _is_wide(two.text[0]) else " "
    text = storable_text(f"{one.text}{between}{two.text}")
    words = realigned(text, (*one.spoken(), *two.spoken()), one.start_ms, max(one.end_ms, two.end_ms))
    joined = one.with_words(
        words, text=text, end_ms=max(one.end_ms, two.end_ms), corrected=one.corrected or two.corrected
    )
    change = Change(session, ChangeKind.JOIN, by)
    change.put(row, joined).put(other, two.emptied(corrected=False)).save()
    return row, other


def _following(session: Session, row: Utterance) -> int | None:
    """What stands after it on the page; `in_time` has the order."""
    order = list(session.utterances.with_text().in_time().values_list("pk", flat=True))
    place = order.index(row.pk) if row.pk in order else len(order)
    return order[place + 1] if place + 1 < len(order) else None


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


@dataclass(frozen=True, slots=True)
class Replaced:
    """What was replaced: in how many places, in which utterances, and the name of the change, to take it back by."""

    places: int
    rows: list[Utterance]
    change: UUID | None


def places(session: Session, wording: Wording, *, besides: Utterance | None = None) -> int:
    """In how many places of a session's utterances a wording would change something."""
    texts = session.utterances.with_text()
    if besides is not None:
        texts = texts.exclude(pk=besides.pk)
    longest = max(wording.sought.replace("’", "'").replace("'", " ").split(), key=len, default="")
    return sum(
        wording.places(text) for text in texts.filter(text__icontains=longest).values_list("text", flat=True)
    )


@transaction.atomic
def replace_all(session: Session, wording: Wording, by: User | None) -> Replaced:
    """Replaces a wording in all utterances of a session, in one change."""
    session = locked_session(session.pk)
    found = 0
    changed: list[tuple[Utterance, str]] = []
    for row in session.utterances.with_text().select_for_update().order_by("pk"):
        count = wording.places(row.text)
        if count:
            found += count
            changed.append((row, storable_text(wording.applied(row.text))))
    if not changed:
        return Replaced(0, [], None)
    rows = [row for row, _ in changed]
    keep_what_was_heard([row for row in rows if row.version == 1])
    heard = set(
        Utterance.history.filter(id__in=[row.pk for row in rows], corrected=False).values_list("id", "text")
    )
    change = Change(session, ChangeKind.REPLACE, by)
    for row, text in changed:
        change.put(row, _written(State.of(row), text, corrected=(row.pk, text) not in heard))
    change.save()
    return Replaced(found, rows, change.id)


@dataclass(frozen=True, slots=True)
class Rewriting:
    """How an utterance is to stand as it was heard once more: the row `pk` at `version`, or one that is added, in
    `language`."""

    state: State
    pk: int | None = None
    version: int | None = None
    language: str = ""


@transaction.atomic
def rewrite(
    session: Session, rewritings: Sequence[Rewriting], by: User | None
) -> tuple[list[Utterance], UUID]:
    """Has utterances stand so, in one change; returns their rows, in the order of `rewritings`, and the change's name.

    Raises EditConflict for the first that is at another version; then nothing is changed.
    """
    session = locked_session(session.pk)
    change = Change(session, ChangeKind.AGAIN, by)
    rows: list[Utterance] = []
    for rewriting in rewritings:
        state = replace(rewriting.state, text=storable_text(rewriting.state.text))
        if rewriting.pk is None:
            said_at = session.created_at + timedelta(milliseconds=state.end_ms)
            rows.append(change.add(Utterance(language=rewriting.language, created_at=said_at), state))
            continue
        row = locked_row(session, rewriting.pk, rewriting.version)
        change.put(row, state)
        rows.append(row)
    change.save()
    return rows, change.id
