"""Search over what everybody has said, for administrators: the best of what is found, ranked, of a bounded part."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from ..models import Session
from .querying import Query, clean_query
from .search import languages_of

MOST_SHOWN = 500
# Ranking takes a moment for each: of words that are commoner than that, some of the places are as good as any.
_MOST_READ = 5_000

# Everybody's words lie by themselves in the index, so it is asked once for each account. The query is made once, as of
# an account 0, whose mark no word can hold: making it anew for each takes longer than asking.
_FOUND = """
    WITH typed AS MATERIALIZED (SELECT ({query})::text AS query),
    asked AS MATERIALIZED (
        SELECT replace(typed.query, '''0~', '''' || to_hex(account.id) || '~')::tsquery AS query
        FROM typed, captions_user AS account WHERE %s::bigint IS NULL OR account.id = %s
    ), found AS MATERIALIZED (
        SELECT said.id, said.session_id, said.rank FROM asked CROSS JOIN LATERAL (
            SELECT id, session_id, ts_rank_cd(search, asked.query) AS rank
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
    """The keys of what was found, the best first; `is_all` says whether there is no more."""

    keys: tuple[Any, ...]
    is_all: bool


def utterances(text: str, owner: int | None = None) -> FoundKeys | None:
    """In which it was said, by anybody or by one account; None where nothing is asked for.

    As for everybody else, what only says what must not be there finds nothing.
    """
    text = clean_query(text)
    return _found(_UTTERANCES, text, owner) if text else None


def sessions(text: str, among: QuerySet[Session]) -> FoundKeys | None:
    """In which it was said, or whose title, or whose person's name or address, has it; None where nothing is asked for.

    What was said comes behind the rest, which is of `among` and has the newest first.
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
        cursor.execute(_FOUND.format(query=sql) + rows, [*params, owner, owner, _MOST_READ + 1, MOST_SHOWN])
        found = cursor.fetchall()
    _, count, read = found[0] if found else (None, 0, 0)
    return FoundKeys(tuple(row[0] for row in found), count <= MOST_SHOWN and read <= _MOST_READ)
