"""The transactions in which the final writer saves finals and updates sessions."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Literal
from uuid import UUID

from django.db import DataError, Error, IntegrityError, connections, transaction
from django.db.models import Value
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from ...core.errors import UnavailableError
from ...core.words import count_words
from ...models import ChangeKind, Session, TranscriptGap, Utterance, WebhookDelivery, WebhookEvent
from ...models.session import Devices, SessionSource
from ...speech.types import Word
from ..acting import name_of
from ..changes import Change, State
from ..obeying import obey, obeyed
from ..replacing import as_set
from ..speakers import speakers_named
from .gaps import GapReconciliation
from .records import FinalRecord, Obeyed, SessionUpdate

# The errors that PostgreSQL or psycopg raise for values that can never be stored.
_INVALID = (DataError, IntegrityError, ValueError, TypeError)

Rejection = Literal["deleted", "invalid", "recovered"]


class DatabaseAwayError(UnavailableError):
    """PostgreSQL cannot be reached, closed the connection or is not ready; the caller tries again later."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A final that is committed, as stored in the database; `new` is False if it had been saved before."""

    record: FinalRecord
    seq: int
    new: bool


@dataclass(frozen=True, slots=True)
class Rejected:
    """A final that can never be saved: its session is deleted, its values are invalid, or it was recovered."""

    record: FinalRecord
    reason: Rejection


def use_own_connection() -> None:
    """Gives the calling thread a connection of its own, outside the pool, with short time limits."""
    own = connections["default"].copy()
    options: dict[str, Any] = dict(own.settings_dict["OPTIONS"])
    options.pop("pool", None)
    options["options"] = f"{options.get('options', '')} -c statement_timeout=10s -c lock_timeout=5s".strip()
    options |= {
        "connect_timeout": 3,
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 10,
        "keepalives_interval": 3,
    }
    own.settings_dict["OPTIONS"] = options
    own.settings_dict["CONN_MAX_AGE"] = None
    connections["default"] = own


def save(records: Sequence[FinalRecord]) -> list[Saved | Rejected]:
    """Saves the records in order; returns an outcome for each.

    Raises DatabaseAwayError; some of the records may be saved then, and passing all of them again is safe.
    """
    try:
        return _save(records)
    except _INVALID:
        if len(records) == 1:
            return [Rejected(records[0], "invalid")]
    except Error as error:
        raise DatabaseAwayError(type(error).__name__) from error
    # One of the records is invalid: saving each by itself finds it and saves the others.
    return [outcome for record in records for outcome in save([record])]


@transaction.atomic
def _save(records: Sequence[FinalRecord]) -> list[Saved | Rejected]:
    # Locked in the order of their keys, so that two writers never wait for each other.
    ids = {record.session_id for record in records}
    locked = Session.all_objects.select_for_update(of=("self",)).select_related("user").filter(pk__in=ids)
    sessions = {row.pk: row for row in locked.order_by("pk")}
    keys = [record.key for record in records]
    known = {row.key: row for row in Utterance.objects.filter(key__in=keys)}
    late = GapReconciliation(sessions.values())
    outcomes: list[Rejected | tuple[FinalRecord, Utterance, bool]] = []
    rows: dict[Any, Utterance] = {}
    for record in records:
        session = sessions.get(record.session_id)
        if session is None:
            outcomes.append(Rejected(record, "deleted"))
            continue
        row = known.get(record.key)
        if row is None and late.is_recovered(record):
            outcomes.append(Rejected(record, "recovered"))
        elif row is None:
            session.last_seq += 1
            row = known[record.key] = rows[record.key] = _row(record.storable(), session.last_seq)
            session.word_count += count_words(record.text)
            session.settled_ms = max(session.settled_ms, record.settled_ms or 0)
            late.saved(record)
            outcomes.append((record, row, True))
        elif row.session_id == record.session_id:
            outcomes.append((record, row, False))
        else:
            outcomes.append(Rejected(record, "invalid"))
    Utterance.objects.bulk_create(rows.values())
    asked = _write_as_wanted(
        [(record, rows[record.key]) for record in records if record.key in rows], sessions
    )
    _note_finals(rows.values(), sessions)
    now = timezone.now()
    for session in sessions.values():
        session.active_at = now
        session.save(update_fields=["last_seq", "word_count", "settled_ms", "active_at"])
    return [each if isinstance(each, Rejected) else _saved(*each, asked) for each in outcomes]


def _write_as_wanted(
    new: Iterable[tuple[FinalRecord, Utterance]], sessions: Mapping[UUID, Session]
) -> Collection[int]:
    """Obeys spoken commands, then makes the owner's replacements; the text as recognised stays as the first version.

    Returns the primary keys of those that wait for a yes.
    """
    asked: set[int] = set()
    each_row = {row.pk: (record, row) for record, row in new}
    rows = {pk: row for pk, (_, row) in each_row.items()}
    changes: dict[UUID, Change] = {}
    for record, row in each_row.values():
        session = sessions[row.session_id]
        obeys = session.wants_commands and not row.shared
        if obeys:
            # What was recovered later, nobody waits for: it takes nothing back, and ends nothing.
            done = obey(session, row, rows, acts=record.settled_ms is not None)
            if done == "acted":
                # What an action writes stands as its person has put it.
                continue
            if done == "asked":
                asked.add(row.pk)
        state = as_set(State.of(row), session.user.written_instead)
        if state is not None and obeys:
            # A sentence that follows may take it back.
            Change(session, ChangeKind.RULE, None).put(row, state).save()
        elif state is not None:
            changes.setdefault(session.pk, Change(session, ChangeKind.RULE, None)).put(row, state)
    for change in changes.values():
        change.save()
    return asked


def _note_finals(rows: Iterable[Utterance], sessions: Mapping[UUID, Session]) -> None:
    """Those of dictations; a file is noted as a whole."""
    noted = [
        (session.user_id, {"session": str(session.pk), "seq": row.seq})
        for row in rows
        if (session := sessions[row.session_id]).source == SessionSource.LIVE
    ]
    WebhookDelivery.objects.note(WebhookEvent.TRANSCRIPT_FINAL, noted)


def _saved(record: FinalRecord, row: Utterance, new: bool, asked: Collection[int]) -> Saved:
    if row.version > 1 or row.pk in asked:
        words = tuple(Word(**word) for word in row.words)
        record = replace(
            record,
            text=row.text,
            words=words,
            confidence=row.confidence,
            version=row.version,
            command=_command(row, asked),
        )
    return Saved(record, row.seq, new)


def _command(row: Utterance, asked: Collection[int]) -> Obeyed | None:
    if row.pk in asked:
        return Obeyed("ask", name=name_of(row))
    done = None if row.text else obeyed(row)
    if done is None:
        return None
    does, change = done
    return Obeyed(does, change, name_of(row) if does == "send" else "")


def _row(record: FinalRecord, seq: int) -> Utterance:
    return Utterance(
        session_id=record.session_id,
        key=record.key,
        seq=seq,
        start_ms=record.start_ms,
        end_ms=record.end_ms,
        text=record.text,
        words=[asdict(word) for word in record.words],
        confidence=record.confidence,
        language=record.language,
        shared=record.shared,
        speaker=record.speaker,
    )


def update(updates: Iterable[SessionUpdate], now: datetime) -> None:
    """Writes the updates of sessions, except deleted ones, whose times are those of this host's clock, where it is
    `now`. Raises DatabaseAwayError."""
    try:
        with transaction.atomic():
            for entry in sorted(updates, key=lambda entry: entry.session_id):
                _write(entry, now)
                if entry.devices is not None:
                    _name_devices(entry.session_id)
                _note(entry)
                _translate(entry)
    except Error as error:
        raise DatabaseAwayError(type(error).__name__) from error


def _write(entry: SessionUpdate, now: datetime) -> None:
    session = Session.all_objects.filter(pk=entry.session_id)
    if entry.ended_at is None or entry.continuations is None:
        session.update(**_fields(entry, now))
    elif not session.filter(continuations__lte=entry.continuations).update(**_fields(entry, now)):
        # It was continued before its end could be written, so its clock is another worker's by now.
        session.update(settled_ms=Greatest("settled_ms", Value(entry.settled_ms or 0)))


def _name_devices(session_id: UUID) -> None:
    """Lets pages know that there is somebody else, who has a name."""
    session = Session.objects.filter(pk=session_id).first()
    if session is not None and session.has_device_apart:
        transaction.on_commit(partial(speakers_named.send_robust, session))


def _note(entry: SessionUpdate) -> None:
    Session.all_objects.filter(pk=entry.session_id).note_origin(entry.origin)
    kept = Session.all_objects.filter(pk=entry.session_id, keep_sound=True)
    if entry.undecoded and kept.exists():
        rows = [
            TranscriptGap(
                session_id=entry.session_id, start_ms=each.start_ms, end_ms=each.end_ms, undecoded=True
            )
            for each in entry.undecoded
        ]
        TranscriptGap.objects.bulk_create(rows, ignore_conflicts=True)


def _translate(entry: SessionUpdate) -> None:
    saved = Utterance.objects.filter(session=entry.session_id).with_text()
    for each in entry.translations:
        # What was deleted or joined to another one meanwhile stays without a translation.
        saved.filter(key=each.key).update(translation=each.storable().text)


def _fields(entry: SessionUpdate, now: datetime) -> dict[str, Any]:
    # The next worker may be on a host whose clock differs, so the database's counts.
    fields: dict[str, Any] = {"active_at": Now()}
    if entry.clock_ms is not None:
        clock_at = entry.clock_at and Now() - (now - entry.clock_at)
        fields |= {"clock_ms": entry.clock_ms, "clock_at": clock_at, "paused": entry.paused}
    if entry.settled_ms is not None:
        fields["settled_ms"] = Greatest("settled_ms", Value(entry.settled_ms))
    if entry.language is not None:
        fields["language"] = entry.language[:8]
    if entry.devices is not None:
        stretches = entry.devices.stretches
        fields |= {"devices": entry.devices.mode, "device_modes": [list(each) for each in stretches]}
        if any(mode == Devices.SEPARATE for _, mode in stretches):
            # Such a device is a source of its own, as shared sound is.
            fields["has_shared"] = True
    if entry.ended_at is not None:
        fields["ended_at"] = entry.ended_at
    elif entry.clock_at is not None:
        # The session was ended as abandoned during a database outage, but it is still live.
        fields["ended_at"] = None
    return fields
