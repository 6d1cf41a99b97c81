"""The versions of utterances: listing, undoing and restoring them.

The versions of a session are ordered by `history_id`, because they are written under the lock of the session. The state
of an utterance after a change is its last version up to then; an utterance without one was as recognised, or did not
exist yet.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, OuterRef, Subquery, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from ..models import ChangeKind, Session, User, Utterance
from ..speech.speakers import Key
from .changes import Change, EditError, State, locked_row, locked_session
from .differences import TextChange, differences

# Changes of several utterances that can only be undone in all of them together.
_TOGETHER = frozenset({ChangeKind.SPLIT, ChangeKind.JOIN, ChangeKind.UNDO, ChangeKind.RESTORE})
_SHOWN_OF_A_CHANGE = 10


@transaction.atomic
def undo(utterance: Utterance, version: int, by: User | None) -> list[Utterance]:
    """Undoes the last change of an utterance that still stands; a split or a join is undone in both utterances.

    Returns all utterances that changed. Raises EditError, EditConflict, GoneError.
    """
    session = locked_session(utterance.session_id)
    row = locked_row(session, utterance.pk, version)
    undone = _Past([row]).standing(row)
    if undone is None or undone.kind == ChangeKind.HEARD:
        raise EditError(_("There is nothing to undo."))
    rows = _changed_by(session, undone.change) if undone.kind in _TOGETHER else [row]
    past = _Past(rows)
    if any(past.change_of(each) != undone.change for each in rows):
        raise EditError(
            _(
                "A sentence that was split from this one or merged with it has changed since. "
                "Undo that change first."
            )
        )
    return _undo(session, undone.change, rows, past, by)


@transaction.atomic
def undo_change(session: Session, change: UUID, by: User | None) -> list[Utterance]:
    """Undoes a change in all utterances in which it still stands, and returns those. Raises GoneError."""
    session = locked_session(session.pk)
    rows = _changed_by(session, change)
    past = _Past(rows)
    return _undo(session, change, [row for row in rows if past.change_of(row) == change], past, by)


@transaction.atomic
def undo_in(session: Session, change: UUID, rows: Collection[int], by: User | None) -> list[Utterance]:
    """Undoes a change in the utterances with the primary keys `rows`. Raises GoneError.

    Raises EditError, and changes nothing, if one of them has changed since.
    """
    session = locked_session(session.pk)
    changed = [row for row in _changed_by(session, change) if row.pk in rows]
    past = _Past(changed)
    if any(past.change_of(row) != change for row in changed):
        raise EditError(_("This sentence has changed since. Undo that change first."))
    return _undo(session, change, changed, past, by)


def _changed_by(session: Session, change: UUID) -> list[Utterance]:
    records = Utterance.history.filter(session=session, change=change).exclude(kind=ChangeKind.HEARD)
    return list(session.utterances.filter(pk__in=records.values("id")).select_for_update().order_by("pk"))


class _Past:
    """The versions of some utterances, without their words."""

    def __init__(self, rows: Sequence[Utterance]) -> None:
        self._records: dict[int, list[Any]] = defaultdict(list)
        records = Utterance.history.filter(id__in=[row.pk for row in rows]).order_by("version")
        for record in records.only("id", "version", "change", "kind", "stands_for"):
            self._records[record.id].append(record)

    def standing(self, row: Utterance) -> Any:
        """The version whose state the utterance has now: after an undo, the restored one; None if there is none."""
        records = self._records[row.pk]
        if not records or records[-1].stands_for is None:
            return records[-1] if records else None
        return next((record for record in records if record.version == records[-1].stands_for), None)

    def change_of(self, row: Utterance) -> UUID | None:
        standing = self.standing(row)
        return standing.change if standing else None

    def before(self, row: Utterance) -> Any:
        """The version before the standing one; None if there is none."""
        until = self.standing(row).version
        return next((record for record in reversed(self._records[row.pk]) if record.version < until), None)


def _undo(
    session: Session, undone: UUID, rows: list[Utterance], past: _Past, by: User | None
) -> list[Utterance]:
    change = Change(session, ChangeKind.UNDO, by, reason=str(undone))
    earlier = {row.pk: past.before(row) for row in rows}
    whole = Utterance.history.in_bulk([record.history_id for record in earlier.values() if record])
    for row in rows:
        record = earlier[row.pk]
        state = State.of(whole[record.history_id]) if record else State.of(row).emptied(corrected=False)
        change.put(row, state, stands_for=record.version if record else 0)
    change.save()
    return rows


@transaction.atomic
def restore(utterance: Utterance, wanted: int, version: int, by: User | None) -> list[Utterance]:
    """Restores version `wanted` of an utterance, as a new version; returns all utterances that changed.

    Utterances that were split from it or joined to it since then are restored to the same time. Raises EditError,
    EditConflict, GoneError.
    """
    session = locked_session(utterance.session_id)
    row = locked_row(session, utterance.pk, version)
    record = row.history.filter(version=wanted).first()
    if record is None:
        raise EditError(_("This version does not exist."))
    moment = Utterance.history.filter(session=session, change=record.change).aggregate(last=Max("history_id"))
    rows = list(
        session.utterances.select_for_update()
        .filter(pk__in=_bound(row.pk, moment["last"], session))
        .order_by("pk")
    )
    return _back_to(session, moment["last"], rows, by)


@transaction.atomic
def restore_session(session: Session, change: UUID | None, by: User | None) -> list[Utterance]:
    """Restores the whole transcript to its state after a change, or as recognised if that is None.

    Returns the utterances that changed. Raises EditError, GoneError.
    """
    session = locked_session(session.pk)
    moment = 0
    if change is not None:
        records = Utterance.history.filter(session=session, change=change)
        moment = records.aggregate(last=Max("history_id"))["last"]
        if moment is None:
            raise EditError(_("This version does not exist."))
    later = Utterance.history.filter(session=session, history_id__gt=moment).values("id")
    rows = list(session.utterances.select_for_update().filter(pk__in=later).order_by("pk"))
    return _back_to(session, moment, rows, by)


def _bound(pk: int, moment: int, session: Session) -> set[int]:
    """Keys of the utterance and of all that were split from or joined to it since `moment`, without undone changes."""
    since = Utterance.history.filter(session=session, history_id__gt=moment, kind__in=_TOGETHER)
    members: dict[UUID, set[int]] = defaultdict(set)
    undone: set[UUID] = set()
    for change, row, kind, reason in since.values_list("change", "id", "kind", "history_change_reason"):
        members[change].add(row)
        if kind == ChangeKind.UNDO and reason:
            undone.add(UUID(reason))
    for change, kind, reason in since.values_list("change", "kind", "history_change_reason"):
        if kind == ChangeKind.UNDO and reason and UUID(reason) in members:
            undone.add(change)
    groups = [rows for change, rows in members.items() if change not in undone]
    bound = {pk}
    grown = True
    while grown:
        grown = False
        for rows in groups:
            if rows & bound and not rows <= bound:
                bound |= rows
                grown = True
    return bound


def _back_to(session: Session, moment: int, rows: Sequence[Utterance], by: User | None) -> list[Utterance]:
    records: dict[int, list[Any]] = defaultdict(list)
    # There may be many versions of many utterances, so words are read only of those that are restored.
    for record in (
        Utterance.history.filter(id__in=[row.pk for row in rows]).only("id", "kind").order_by("version")
    ):
        records[record.id].append(record)
    wanted = {row.pk: _version_at(moment, records[row.pk]) for row in rows}
    whole = Utterance.history.in_bulk([key for key in wanted.values() if key is not None])
    change = Change(session, ChangeKind.RESTORE, by)
    changed = []
    for row in rows:
        record = whole.get(wanted[row.pk])
        state = State.of(record).complete(row) if record else State.of(row).emptied(corrected=False)
        if state != State.of(row):
            change.put(row, state)
            changed.append(row)
    change.save()
    return changed


def _version_at(moment: int, records: Sequence[Any]) -> int | None:
    """The `history_id` of the version in which an utterance was then; None if it did not exist."""
    until = [record.history_id for record in records if record.history_id <= moment]
    if until:
        return int(until[-1])
    return int(records[0].history_id) if records and records[0].kind == ChangeKind.HEARD else None


@dataclass(frozen=True, slots=True)
class Changed:
    """One utterance of a change: its version after it, and the differences from the version before.

    `moved` are the keys of who said it before and since, if that is the change.
    """

    seq: int
    start_ms: int
    version: int
    language: str
    changes: tuple[TextChange, ...]
    moved: tuple[Key, Key] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A change in the list: its author and time, and the first utterances that it changed; `more` counts the others."""

    change: UUID
    kind: ChangeKind
    by: User | None
    at: datetime
    changed: tuple[Changed, ...]
    more: int


class Changes:
    """The changes of a session, or of one of its utterances, newest first; for Django's Paginator."""

    def __init__(self, session: Session, utterance: Utterance | None = None) -> None:
        self._records = Utterance.history.filter(session=session).exclude(kind=ChangeKind.HEARD)
        if utterance is not None:
            self._records = self._records.filter(id=utterance.pk)
        self._groups = (
            self._records.order_by()
            .values("change")
            .annotate(last=Max("history_id"), size=Count("history_id"))
            .order_by("-last")
        )

    def count(self) -> int:
        return int(self._groups.count())

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, place: slice) -> list[Entry]:
        sizes = {group["change"]: group["size"] for group in self._groups[place]}
        before = Utterance.history.filter(id=OuterRef("id"), version__lt=OuterRef("version")).order_by(
            "-version"
        )
        rows = Utterance.objects.filter(pk=OuterRef("id"))
        number = Window(RowNumber(), partition_by="change", order_by=["start_ms", "history_id"])
        shown: dict[UUID, list[Any]] = defaultdict(list)
        for record in (
            self._records.filter(change__in=list(sizes))
            .annotate(number=number)
            .filter(number__lte=_SHOWN_OF_A_CHANGE)
            .annotate(
                before=Subquery(before.values("text")[:1]),
                speaker_before=Subquery(before.values("speaker")[:1]),
                shared=Subquery(rows.values("shared")[:1]),
                seq=Subquery(rows.values("seq")[:1]),
                language=Subquery(rows.values("language")[:1]),
            )
            .select_related("history_user")
            .defer("words")
            .order_by("number")
        ):
            shown[record.change].append(record)
        return [_entry(shown[change], size) for change, size in sizes.items()]


def _entry(records: Sequence[Any], size: int) -> Entry:
    one = records[0]
    return Entry(
        one.change,
        ChangeKind(one.kind),
        one.history_user,
        one.history_date,
        tuple(
            Changed(
                row.seq,
                row.start_ms,
                row.version,
                row.language or "",
                differences(row.before or "", row.text),
                _moved(row),
            )
            for row in records
        ),
        size - len(records),
    )


def _moved(row: Any) -> tuple[Key, Key] | None:
    before, since = row.speaker_before, row.speaker
    return None if None in (before, since) or before == since else ((row.shared, before), (row.shared, since))
