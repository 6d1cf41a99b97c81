"""Search over the utterances, the session titles and the names of those who speak, of one user."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from ..models import SPOKEN_LANGUAGE, Session, SpeakerName, User, Utterance
from . import snippets
from .filters import Order
from .querying import MAX_QUERY, RANK, Query, clean_query
from .snippets import SnippetPart
from .timely import timely
from .wordtimes import start_of

__all__ = ["MAX_QUERY", "Found", "Hit", "Results", "Search", "clean_query"]

HITS_SHOWN = 3

_ORDERS = {
    Order.BEST: "rank DESC, said DESC, created_at DESC, id DESC",
    Order.NEWEST: "created_at DESC, id DESC",
    Order.OLDEST: "created_at, id",
    Order.LONGEST: "clock_ms DESC, created_at DESC, id DESC",
}
# The positions in the search vector of `row` of all words that are searched for.
_PLACES = """array(
    SELECT DISTINCT place FROM unnest({row}.search) AS entry (word, places, weights), unnest(places) AS place
    WHERE array_to_tsvector(array[word]) @@ {any_word}
)"""
# Each word in the index has the number of its owner as prefix, so that the index alone selects the user's rows; the
# condition on the user is a safeguard. A hit in the title adds 1 to the rank, more than utterances do, because the
# title is what the session is about. The tsquery is built once: building it takes longer than many a search.
_MATCHES = """
    WITH asked AS MATERIALIZED (SELECT {query} AS query, {any_word} AS any_word),
    said AS MATERIALIZED (
        SELECT session_id, count(*) AS said, max(rank) AS rank,
            (array_agg(id ORDER BY rank DESC, start_ms, seq))[1:{hits}] AS best
        FROM (
            SELECT id, session_id, start_ms, seq, {rank} AS rank
            FROM asked, captions_utterance WHERE search @@ asked.query
        ) AS places
        GROUP BY session_id
    ), titled AS MATERIALIZED (
        SELECT id, {rank} + 1 AS rank
        FROM asked, captions_session WHERE search @@ asked.query
    ), named AS MATERIALIZED (
        SELECT session_id, max({rank}) AS rank, array_agg(name ORDER BY name) AS names
        FROM asked, captions_speakername WHERE search @@ asked.query
        GROUP BY session_id
    ), matches AS (
        SELECT {columns}, session.search,
            coalesce(said.said, 0) AS said, said.best, titled.id IS NOT NULL AS titled, named.names,
            coalesce(said.rank, 0) + coalesce(titled.rank, 0) + coalesce(named.rank, 0) AS rank
        FROM captions_session AS session
        LEFT JOIN said ON said.session_id = session.id LEFT JOIN titled ON titled.id = session.id
        LEFT JOIN named ON named.session_id = session.id
        WHERE session.user_id = %s AND session.id IN ({sessions})
            AND (said.session_id IS NOT NULL OR titled.id IS NOT NULL OR named.session_id IS NOT NULL)
    ), shown AS (
        SELECT *, count(*) OVER () AS total, (
            sum(said) OVER () + count(*) FILTER (WHERE titled) OVER ()
            + coalesce(sum(cardinality(names)) OVER (), 0)
        ) AS places
        FROM matches ORDER BY {order} LIMIT %s OFFSET %s
    )
    SELECT {shown_columns}, shown.said, shown.best, shown.titled, shown.names, shown.total, shown.places,
        CASE WHEN shown.titled THEN {title_places} END AS title_places,
        array(
            SELECT tag.name FROM captions_tag AS tag JOIN captions_session_tags AS tagged ON tagged.tag_id = tag.id
            WHERE tagged.session_id = shown.id ORDER BY lower(tag.name)
        ) AS tag_names,
        EXISTS (
            SELECT FROM captions_recording AS recording
            WHERE recording.session_id = shown.id AND recording.deleted_at IS NULL
        ) AS has_sound,
        CASE WHEN shown.title = '' THEN (
            SELECT text FROM captions_utterance AS line
            WHERE line.session_id = shown.id AND text <> '' ORDER BY start_ms, seq LIMIT 1
        ) END AS first_line
    FROM shown ORDER BY {order}
"""

# All that each query finds, so that the index is read: for the first row a scan of everything would look cheap.
_FIRST = """
    WITH asked (place, query) AS MATERIALIZED (VALUES {asked}),
    found AS MATERIALIZED (
        SELECT DISTINCT place, session_id FROM asked, captions_utterance WHERE search @@ query
        UNION SELECT place, id FROM asked, captions_session WHERE search @@ query
        UNION SELECT place, session_id FROM asked, captions_speakername WHERE search @@ query
    )
    SELECT min(place) FROM found WHERE session_id IN ({sessions})
"""


@dataclass(frozen=True, slots=True)
class Hit:
    """An utterance that matches; `at_ms` is the session time at which the first matching word begins."""

    seq: int
    start_ms: int
    at_ms: int
    language: str
    parts: tuple[SnippetPart, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A session that matches: its best HITS_SHOWN hits in the order of time; `more` counts the others.

    `has_sound` says whether it has a recording; `speakers` are names that match, of those who speak in it.
    """

    session: Session
    has_sound: bool
    title: tuple[SnippetPart, ...]
    hits: tuple[Hit, ...]
    more: int
    speakers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Results:
    """One page of results, the `total` of sessions found, and the number of `places` (hits, titles, names) in them."""

    found: tuple[Found, ...]
    total: int
    places: int


class Search:
    """A search by one user; `querying` describes the syntax.

    Words are stemmed for each of `languages`, by default those of all the user's sessions.
    """

    def __init__(self, user: User, text: str, languages: Iterable[str] | None = None) -> None:
        self.text = clean_query(text)
        self._user = user
        self._query = Query.of(self.text)
        self._given = languages if languages is None else sorted(set(languages) - {""})

    def __bool__(self) -> bool:
        """Whether the query can match anything, that is, has a word that has to occur."""
        return bool(self._query)

    @timely()
    def results(
        self,
        sessions: QuerySet[Session] | None = None,
        *,
        order: Order = Order.BEST,
        start: int = 0,
        count: int = 20,
    ) -> Results:
        """Up to `count` sessions that match, from index `start` on; of `sessions`, or of all the user's sessions.

        Raises SlowSearchError.
        """
        if not self:
            return Results((), 0, 0)
        mine = (
            Session.objects.filter(user=self._user) if sessions is None else sessions.filter(user=self._user)
        )
        rows = self._matches(mine, order, start, count)
        if not rows:
            return Results((), 0, 0)
        hits = self._hits([pk for row in rows for pk in row.best or ()])
        found = tuple(self._found(row, hits) for row in rows)
        return Results(found, rows[0].total, int(rows[0].places))

    def in_session(self, session: Session) -> dict[int, tuple[SnippetPart, ...]]:
        """The utterances of a session that match, by `seq`: their whole texts with the hits marked."""
        if not self:
            return {}
        rows = self._said(session.user_id).filter(session=session, session__user=self._user)
        marked = rows.annotate(places=self._places()).values_list("seq", "text", "places")
        return {seq: snippets.marked(text, places) for seq, text, places in marked}

    def speakers(self, session: Session) -> list[str]:
        """The names that match, of those who speak in a session."""
        if not self:
            return []
        sql, params = self._sql()
        matches = RawSQL(f"captions_speakername.search @@ {sql}", params, BooleanField())  # noqa: S611
        names = SpeakerName.objects.filter(matches, owner=self._user.pk, session=session)
        return list(names.order_by("name").values_list("name", flat=True))

    def _languages(self) -> Sequence[str]:
        if self._given is None:
            self._given = languages_of(Session.objects.filter(user=self._user))
        return self._given

    def _sql(self) -> tuple[str, list[Any]]:
        return self._query.sql(str(self._user.pk), self._languages())

    def _any_word(self) -> tuple[str, list[Any]]:
        return self._query.any_word_sql(str(self._user.pk), self._languages())

    def _said(self, owner: int) -> QuerySet[Utterance]:
        sql, params = self._sql()
        matches = RawSQL(f"captions_utterance.search @@ {sql}", params, BooleanField())  # noqa: S611
        return Utterance.objects.filter(matches, owner=owner)

    def _places(self) -> RawSQL:
        sql, params = self._any_word()
        return RawSQL(_PLACES.format(row="captions_utterance", any_word=sql), params)  # noqa: S611

    def _matches(self, sessions: QuerySet[Session], order: Order, start: int, count: int) -> list[Any]:
        query, params = self._sql()
        any_word, word_params = self._any_word()
        mine, mine_params = sessions.order_by().values("pk").query.sql_with_params()
        sql = _MATCHES.format(
            query=query,
            any_word=any_word,
            rank=RANK,
            sessions=mine,
            order=_ORDERS[order],
            hits=HITS_SHOWN,
            columns=_columns("session"),
            shown_columns=_columns("shown"),
            title_places=_PLACES.format(row="shown", any_word="(SELECT any_word FROM asked)"),
        )
        # In the order of their placeholders in the statement.
        all_params = [*params, *word_params, self._user.pk, *mine_params, count, start]
        return list(Session.objects.raw(sql, all_params))

    def _hits(self, ids: Sequence[int]) -> dict[Any, list[Hit]]:
        if not ids:
            return {}
        rows: Any = Utterance.objects.filter(pk__in=ids, owner=self._user.pk).in_time()
        hits: dict[Any, list[Hit]] = {}
        for row in rows.annotate(places=self._places()):
            hits.setdefault(row.session_id, []).append(
                Hit(
                    row.seq,
                    row.start_ms,
                    start_of(row, min(row.places, default=1)),
                    row.language,
                    snippets.snippet(snippets.marked(row.text, row.places)),
                )
            )
        return hits

    def _found(self, row: Any, hits: dict[Any, list[Hit]]) -> Found:
        shown = tuple(hits.get(row.pk, ()))
        title = snippets.marked(row.title, row.title_places or ())
        return Found(row, row.has_sound, title, shown, max(0, row.said - len(shown)), tuple(row.names or ()))


def first_found(
    user: User, texts: Sequence[str], languages: Sequence[str], sessions: QuerySet[Session]
) -> str:
    """The first of the queries that finds something in the user's `sessions`; empty if none does."""
    queries = [(text, query) for text in texts if (query := Query.of(clean_query(text)))]
    if not queries:
        return ""
    asked = [query.sql(str(user.pk), languages) for _, query in queries]
    mine, mine_params = sessions.filter(user=user).order_by().values("pk").query.sql_with_params()
    values = ", ".join(f"({place}, {sql})" for place, (sql, _) in enumerate(asked))
    params = [*(param for _, each in asked for param in each), *mine_params]
    with connection.cursor() as cursor:
        cursor.execute(_FIRST.format(asked=values, sessions=mine), params)
        row = cursor.fetchone()
    return "" if row is None or row[0] is None else queries[row[0]][0]


def languages_of(sessions: QuerySet[Session]) -> list[str]:
    """The codes of the languages spoken in the sessions, sorted."""
    spoken = sessions.order_by().annotate(spoken=SPOKEN_LANGUAGE).values_list("spoken", flat=True).distinct()
    return sorted(language for language in spoken if language)


def _columns(row: str) -> str:
    names = [field.column for field in Session._meta.concrete_fields if field.name != "search"]
    return ", ".join(f"{row}.{connection.ops.quote_name(str(name))}" for name in names)
