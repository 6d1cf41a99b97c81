"""Ranked search over the transcripts of all accounts, for administrators; bounded in rows read and shown."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from ..models import Session
from .querying import RANK, Query, clean_query
from .search import languages_of
from .timely import timely

MOST_SHOWN = 500
# Ranking reads every match, so it is limited to this many; for a word that is so common, any of them will do.
_MOST_READ = 5_000

# The words of each account have a prefix of their own in the index, so the index is searched once per account. The
# query is built once, for an account 0 that does not exist, and the prefix replaced for each account: building the
# query takes longer than the search.
_FOUND = """
    WITH typed AS MATERIALIZED (SELECT ({query})::text AS query),
    asked AS MATERIALIZED (
        SELECT replace(typed.query, '''0~', '''' || to_hex(account.id) || '~')::tsquery AS query
        FROM typed, captions_user AS account WHERE %s::bigint IS NULL OR account.id = %s
    ), found AS MATERIALIZED (
        SELECT said.id, said.session_id, said.rank FROM asked CROSS JOIN LATERAL (
            SELECT id, session_id, {rank} AS rank
            FROM captions_utterance WHERE search @@ asked.query OFFSET 0
        ) AS said LIMIT %s
    )
"""
_UTTERANCES = """
    SELECT id, count(*) OVER (), (SELECT count(*) FROM found) FROM found ORDER BY rank DESC, id DESC LIMIT %s
"""
_SESSIONS = """
    SELECT session_id, count(*) OVER (), (SELECT count(*) FROM found) FROM found GROUP BY session_id
    ORDER BY max(rank) DESC, max(id) DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class FoundKeys:
    """Primary keys of the rows found, the best first; `is_all` if there are no others."""

    keys: tuple[Any, ...]
    is_all: bool


@timely()
def utterances(text: str, owner: int | None = None) -> FoundKeys | None:
    """Searches utterances, of all accounts or of the account `owner`; None if the query is empty.

    A query that only excludes words finds nothing. Raises SlowSearchError.
    """
    text = clean_query(text)
    return _found(_UTTERANCES, text, owner) if text else None


@timely()
def sessions(text: str, among: QuerySet[Session]) -> FoundKeys | None:
    """Searches sessions by title, by user name or address of the owner, and by words; None if the query is empty.

    First come the sessions of `among` whose title or owner matches, the newest first; then those whose words match.
    Raises SlowSearchError.
    """
    text = clean_query(text)
    if not text:
        return None
    of_person = Q(user__username__icontains=text) | Q(user__email__icontains=text)
    named = among.filter(Q(title__icontains=text) | of_person).order_by("-created_at", "-id")
    keys: list[UUID] = list(named.values_list("pk", flat=True)[: MOST_SHOWN + 1])
    said = _found(_SESSIONS, text, None)
    keys = list(dict.fromkeys([*keys, *said.keys]))
    return FoundKeys(tuple(keys[:MOST_SHOWN]), said.is_all and len(keys) <= MOST_SHOWN)


def _found(rows: str, text: str, owner: int | None) -> FoundKeys:
    query = Query.of(text)
    if not query:
        return FoundKeys((), is_all=True)
    sql, params = query.sql("0", languages_of(Session.objects.all()))
    with connection.cursor() as cursor:
        cursor.execute(
            _FOUND.format(query=sql, rank=RANK) + rows, [*params, owner, owner, _MOST_READ + 1, MOST_SHOWN]
        )
        found = cursor.fetchall()
    _, count, read = found[0] if found else (None, 0, 0)
    return FoundKeys(tuple(row[0] for row in found), count <= MOST_SHOWN and read <= _MOST_READ)
