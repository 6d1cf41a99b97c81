"""Writes changed utterances and their versions: thousands of them in a few statements.

Words are the most of an utterance. They are sent once, as JSON in one parameter, because psycopg would take seconds to
quote them as values of their own; a version is a copy that the database makes of its utterance.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection
from django.utils import timezone

from ..models import ChangeKind, Utterance

FIELDS = ("text", "words", "start_ms", "end_ms", "confidence", "corrected", "speaker", "speaker_set")
"""The fields of an utterance that a change may affect, and that its versions keep."""

_AT_ONCE = 2_000
_Row = TypeVar("_Row")

_UPDATE = """
    UPDATE captions_utterance AS stored
    SET text = given.text, words = given.words, start_ms = given.start_ms, end_ms = given.end_ms,
        confidence = given.confidence, corrected = given.corrected, version = given.version,
        translation = given.translation, speaker = given.speaker, speaker_set = given.speaker_set
    FROM jsonb_to_recordset(%s::jsonb) AS given (
        id bigint, text text, words jsonb, start_ms bigint, end_ms bigint, confidence double precision,
        corrected boolean, version integer, translation text, speaker smallint, speaker_set boolean
    )
    WHERE stored.id = given.id
"""
_KEEP_HEARD = """
    INSERT INTO captions_utteranceversion (
        id, session_id, version, text, words, start_ms, end_ms, confidence, corrected,
        speaker, speaker_set, change, kind, history_type, history_date
    )
    SELECT id, session_id, version, text, words, start_ms, end_ms, confidence, corrected,
        speaker, speaker_set, gen_random_uuid(), %s, '+', created_at
    FROM captions_utterance AS stored
    WHERE id = ANY(%s::bigint[])
        AND NOT EXISTS (SELECT FROM captions_utteranceversion AS kept WHERE kept.id = stored.id)
    ORDER BY id
"""
_KEEP = """
    INSERT INTO captions_utteranceversion (
        id, session_id, version, text, words, start_ms, end_ms, confidence, corrected,
        speaker, speaker_set,
        change, kind, history_type, history_date, history_user_id, history_change_reason, stands_for
    )
    SELECT stored.id, session_id, version, text, words, start_ms, end_ms, confidence, corrected,
        speaker, speaker_set, %s, %s, %s, %s, %s, %s, stands_for
    FROM captions_utterance AS stored
    JOIN unnest(%s::bigint[], %s::integer[]) WITH ORDINALITY AS given (id, stands_for, place)
        ON stored.id = given.id
    ORDER BY place
"""


@dataclass(frozen=True, slots=True)
class Origin:
    """What all versions of one change have in common; `by` is the primary key of their author."""

    change: UUID
    kind: ChangeKind
    by: int | None
    reason: str


def update(rows: Sequence[Utterance]) -> None:
    """Writes the fields that changes may affect, the version and the translation of utterances that exist.

    Their session has to be locked since they were read: a translation may come at any time.
    """
    for part in _parts(rows):
        given = [
            {name: getattr(row, name) for name in ("id", "version", "translation", *FIELDS)} for row in part
        ]
        _execute(_UPDATE, json.dumps(given))


def keep_heard(keys: Sequence[int]) -> None:
    """Saves the first version, as recognised, of those utterances that have no versions yet."""
    for part in _parts(keys):
        _execute(_KEEP_HEARD, ChangeKind.HEARD, part)


def keep(rows: Sequence[tuple[int, int | None]], origin: Origin, type: str) -> None:
    """Saves utterances as they are stored now as versions; `type` as in django-simple-history.

    `rows` are primary keys, each with the earlier version that the new one restores, if any.
    """
    common = (origin.change, origin.kind, type, timezone.now(), origin.by, origin.reason or None)
    for part in _parts(rows):
        _execute(_KEEP, *common, [key for key, _ in part], [stands_for for _, stands_for in part])


def _parts(rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]


def _execute(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
