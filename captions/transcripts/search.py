"""Search over everything that a person said, and over the titles they gave it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank, SearchVector
from django.db.models import Count, F, Max, Window
from django.db.models.functions import RowNumber

from ..models import Session, User, Utterance
from ..models.utterance import UtteranceQuerySet
from . import snippets
from .snippets import Part

CONFIG = "whisperstream"
MAX_QUERY = 200
HITS_SHOWN = 3


def clean_query(text: str) -> str:
    """What is searched for when `text` was typed: on one line, of bounded length, storable; may be empty."""
    text = text.replace("\0", " ").encode("utf-8", "ignore").decode()
    return " ".join(text.split())[:MAX_QUERY].strip()


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where it was said."""

    seq: int
    start_ms: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A session in which something was found: its best places in the order of time, and how many more there are."""

    session: Session
    title: tuple[Part, ...]
    hits: tuple[Hit, ...]
    more: int


@dataclass(frozen=True, slots=True)
class _Match:
    session_id: UUID
    created_at: datetime
    rank: float
    said: int
    titled: bool = False

    @property
    def places(self) -> int:
        return self.said + self.titled


class Search:
    """One query of one person, in the language of `websearch_to_tsquery`: words, "phrases", OR, -without."""

    def __init__(self, user: User, text: str) -> None:
        self.text = clean_query(text)
        self._user = user
        self._query = SearchQuery(self.text, config=CONFIG, search_type="websearch")
        self._matches = self._match() if self.text else {}
        self.places = sum(match.places for match in self._matches.values())
        self.ranking = list(self._matches)
        """The sessions in which something was found: best first, newest first among equals."""

    def found(self, session_ids: Iterable[UUID]) -> list[Found]:
        """What is to be shown of these sessions, in the same order."""
        ids = list(session_ids)
        sessions = (
            Session.objects.filter(user=self._user).annotate(marked_title=self._marked("title")).in_bulk(ids)
        )
        hits: dict[UUID, list[Utterance]] = {}
        for utterance in self._best_places(ids):
            hits.setdefault(utterance.session_id, []).append(utterance)
        return [self._found(sessions[pk], hits.get(pk, [])) for pk in ids if pk in sessions]

    def _found(self, session: Any, utterances: list[Any]) -> Found:
        hits = tuple(Hit(row.seq, row.start_ms, snippets.snippet(row.marked)) for row in utterances)
        match = self._matches.get(session.pk)
        more = match.said - len(hits) if match else 0
        return Found(session, snippets.parts(session.marked_title), hits, max(0, more))

    def in_session(self, session: Session) -> dict[int, tuple[Part, ...]]:
        """The utterances of a session in which it was said, whole: their parts by `seq`."""
        if not self.text:
            return {}
        rows = self._said().filter(session=session).annotate(marked=self._marked("text"))
        return {seq: snippets.parts(marked) for seq, marked in rows.values_list("seq", "marked")}

    def _said(self) -> UtteranceQuerySet:
        return Utterance.objects.filter(session__user=self._user, search=self._query)

    def _marked(self, field: str) -> SearchHeadline:
        # All of the text comes back, so that it is cut here, where it is known where it was cut.
        return SearchHeadline(
            field,
            self._query,
            config=CONFIG,
            start_sel=snippets.START,
            stop_sel=snippets.STOP,
            highlight_all=True,
        )

    def _match(self) -> dict[UUID, _Match]:
        said = (
            self._said()
            .values_list("session_id", "session__created_at")
            .annotate(rank=Max(self._rank(F("search"))), said=Count("pk"))
            .order_by()
        )
        matches = {row[0]: _Match(*row) for row in said}
        title = SearchVector("title", config=CONFIG)
        titled = (
            Session.objects.filter(user=self._user)
            .annotate(vector=title, rank=self._rank(title))
            .filter(vector=self._query)
            .values_list("pk", "created_at", "rank")
        )
        for pk, created_at, rank in titled:
            match = matches.get(pk) or _Match(pk, created_at, 0, 0)
            # What somebody chose as a title is what the whole is about.
            matches[pk] = replace(match, rank=match.rank + rank + 1, titled=True)
        best_first = sorted(matches.values(), key=lambda match: (match.rank, match.created_at), reverse=True)
        return {match.session_id: match for match in best_first}

    def _rank(self, vector: Any) -> SearchRank:
        return SearchRank(vector, self._query, cover_density=True)

    def _best_places(self, session_ids: Sequence[UUID]) -> UtteranceQuerySet:
        place = Window(
            RowNumber(),
            partition_by="session_id",
            order_by=[self._rank(F("search")).desc(), F("start_ms").asc(), F("seq").asc()],
        )
        best = (
            self._said().filter(session__in=session_ids).annotate(place=place).filter(place__lte=HITS_SHOWN)
        )
        # Only of these few is the text marked, which is what costs most.
        shown = Utterance.objects.filter(pk__in=best.values("pk")).defer("words", "search")
        return shown.annotate(marked=self._marked("text")).in_time()
