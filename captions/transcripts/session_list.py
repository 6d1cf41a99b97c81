"""The session list of one user: searched, filtered, sorted, one page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Lower

from ..core.languages import language_name
from ..models import SPOKEN_LANGUAGE, Session, Tag, User
from . import spelling, trash
from .filters import NO_TAG, Filters, Order, order_of, ordered
from .search import Found, Search
from .titles import beyond, proposal

MOST_FOLDERS = 12
_LONGEST_NUMBER = 7


@dataclass(frozen=True, slots=True)
class Choices:
    """What a user can filter by: the codes of the languages spoken and the names of the tags in use."""

    languages: tuple[str, ...]
    tags: tuple[str, ...]

    @classmethod
    def of(cls, user: User) -> Self:
        spoken = (
            Session.objects.filter(user=user)
            .order_by()
            .annotate(kind=Value("language"), name=SPOKEN_LANGUAGE)
        )
        used = Tag.objects.filter(user=user, sessions__isnull=False, sessions__trashed_at=None)
        tags = used.order_by().annotate(kind=Value("tag"))
        rows = spoken.values_list("kind", "name").union(tags.values_list("kind", "name"))
        found: dict[str, set[str]] = {"language": set(), "tag": set()}
        for kind, name in rows:
            found[kind].add(name)
        return cls(tuple(sorted(found["language"] - {""})), tuple(sorted(found["tag"], key=str.casefold)))

    def language_names(self, chosen: str) -> list[tuple[str, str]]:
        """Codes and names of the languages, sorted by name; includes `chosen` even if it was never spoken."""
        codes = {*self.languages, chosen} - {""}
        return sorted(((code, language_name(code)) for code in codes), key=lambda each: each[1])

    def known_tag(self, chosen: str) -> str:
        """The tag `chosen` with the capitals that the user gave it."""
        return next((name for name in self.tags if name.casefold() == chosen.casefold()), chosen)

    def tag_names(self, chosen: str) -> list[str]:
        """The names of all tags; includes `chosen` even if no session has it."""
        known = self.known_tag(chosen)
        is_new = known not in ("", NO_TAG, *self.tags)
        return [*self.tags, known] if is_new else list(self.tags)


@dataclass(frozen=True, slots=True)
class Folders:
    """What a user's history is divided into: names of tags with the number of their transcripts, and more numbers.

    `tags` are at most MOST_FOLDERS, the largest, by name; `is_all` if there are no others. `trashed` says whether there
    is something in the trash.
    """

    tags: tuple[tuple[str, int], ...]
    is_all: bool
    untagged: int
    favourites: int
    trashed: bool

    @classmethod
    def of(cls, user: User) -> Self:
        counted: Any = user.tags.with_counts()
        there = counted.filter(count__gt=0).order_by("-count", "pk")
        largest = list(there.values_list("name", "count")[: MOST_FOLDERS + 1])
        tagged = Session.tags.through.objects.filter(tag__user=user).values("session")
        numbers = (
            Session.objects.filter(user=user)
            .worded()
            .aggregate(
                favourites=Count("pk", filter=Q(favourite=True)),
                untagged=Count("pk", filter=~Q(pk__in=tagged)),
            )
        )
        return cls(
            tuple(sorted(largest[:MOST_FOLDERS], key=lambda tag: tag[0].casefold())),
            len(largest) <= MOST_FOLDERS,
            numbers["untagged"],
            numbers["favourites"],
            trash.of(user).exists(),
        )

    def __bool__(self) -> bool:
        return bool(self.tags or self.favourites or self.trashed)


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """What the query string of the history asks for."""

    search: Search
    filters: Filters
    order: Order
    choices: Choices
    is_exact: bool = False
    """Whether mistyped words are not to be corrected."""

    @classmethod
    def of(cls, user: User, query: Mapping[str, str]) -> Self:
        choices = Choices.of(user)
        search = Search(user, query.get("q", ""), choices.languages)
        order = order_of(query.get("order", ""), searching=bool(search.text))
        return cls(search, Filters.of(query), order, choices, is_exact="exact" in query)

    def sessions(self, user: User, now: datetime) -> QuerySet[Session]:
        sessions = Session.objects.filter(user=user)
        # A search finds nothing in a dictation in which nothing was said.
        return self.filters.applied(sessions if self.search.text else sessions.worded(), now)


@dataclass(frozen=True, slots=True)
class Row:
    """A session in the list, with its hits in a search.

    `proposed` is a title for a session that has none, and `text` how it begins, without what the title already says.
    """

    session: Session
    tags: tuple[str, ...]
    proposed: str
    text: str = ""
    found: Found | None = None


class SessionRows:
    """The rows of a query, for Django's Paginator.

    A search returns a page of results together with their total, so the page number `wanted` (as in the query string)
    is fetched when the paginator first asks for the count. `size` is the number of rows per page.

    If the query finds nothing, `search` is the one with its mistyped words corrected, provided that it finds something.
    Raises SlowSearchError when it is first asked for the count or for rows.
    """

    def __init__(self, user: User, query: HistoryQuery, now: datetime, size: int, wanted: str) -> None:
        self._sessions = query.sessions(user, now)
        self._user, self._query = user, query
        self.search = query.search
        self._size = size
        number = int(wanted) if wanted.isdecimal() and len(wanted) < _LONGEST_NUMBER else 1
        self._start = max(0, number - 1) * size
        self._rows: list[Row] = []
        self._total: int | None = None
        self.places = 0

    def count(self) -> int:
        if self._total is None:
            if not self.search.text:
                self._total = self._sessions.count()
            elif not self._finds(self.search) and not self._query.is_exact:
                self._correct()
        return self._total or 0

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, place: slice) -> list[Row]:
        if not self.search.text:
            return [row(session) for session in listed(ordered(self._sessions, self._query.order))[place]]
        if place.start != self._start or self._total is None:
            self._search(place.start)
        return self._rows

    def _correct(self) -> None:
        languages = self._query.choices.languages
        if text := spelling.corrected(self._user, self.search.text, languages, self._sessions):
            self._finds(Search(self._user, text, languages))

    def _finds(self, search: Search) -> bool:
        """Whether a search finds anything; it is the one that is shown then."""
        before, self.search = self.search, search
        # A page beyond the end has no rows and so no total; the first page has it.
        if self._search(self._start) or (self._start and self._search(0)):
            return True
        self.search = before
        return False

    def _search(self, start: int) -> bool:
        order = self._query.order
        results = self.search.results(self._sessions, order=order, start=start, count=self._size)
        self._rows = [_found_row(found) for found in results.found]
        self._start, self._total, self.places = start, results.total, results.places
        return bool(self._rows)


def listed(sessions: QuerySet[Session]) -> QuerySet[Session]:
    """The sessions with what `row` needs."""
    found: Any = sessions
    shown: QuerySet[Session] = found.with_opening().annotate(tag_names=_tag_names())
    return shown


def row(session: Any) -> Row:
    proposed = "" if session.title else proposal(next(iter(session.opening), None))
    return Row(
        session, tuple(session.tag_names), proposed, beyond(session.title or proposed, session.opening)
    )


def _found_row(found: Found) -> Row:
    session: Any = found.session
    proposed = "" if session.title else proposal(session.first_line)
    return Row(session, tuple(session.tag_names), proposed, found=found)


def _tag_names() -> ArraySubquery:
    return ArraySubquery(Tag.objects.filter(sessions=OuterRef("pk")).order_by(Lower("name")).values("name"))
