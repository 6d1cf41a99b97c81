"""The filters and the order of the session list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Self
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..models import SPOKEN_LANGUAGE, Session, SessionSource

NO_TAG = " "
"""In place of the name of a tag: transcripts without any. No tag has this name, since names begin with no space."""

_MINUTE_MS = 60_000


class Order(StrEnum):
    """The order of a session list; BEST is by rank in a search, and the same as NEWEST without one."""

    BEST = "best"
    NEWEST = "newest"
    OLDEST = "oldest"
    LONGEST = "longest"


WHEN = {
    "": _("Any time"),
    "today": _("Today"),
    "week": _("Past 7 days"),
    "month": _("Past 30 days"),
    "year": _("Past year"),
    "older": _("Older than a year"),
    "dates": _("Choose dates"),
}
LENGTHS = {
    "": _("Any length"),
    "short": _("Under 5 min"),
    "medium": _("5 to 30 min"),
    "long": _("Over 30 min"),
}
SOURCES = {
    "": _("Live and files"),
    SessionSource.LIVE: pgettext_lazy("source", "Live"),
    SessionSource.FILE: pgettext_lazy("source", "Files"),
}
CORRECTED = {
    "": _("Corrected or not"),
    "yes": pgettext_lazy("transcript", "Corrected"),
    "no": _("Not corrected"),
}

_DAYS = {"today": 0, "week": 6, "month": 29, "year": 364}
_LENGTHS = {
    "short": Q(clock_ms__lt=5 * _MINUTE_MS),
    "medium": Q(clock_ms__gte=5 * _MINUTE_MS, clock_ms__lte=30 * _MINUTE_MS),
    "long": Q(clock_ms__gt=30 * _MINUTE_MS),
}
_CORRECTED = {"yes": Q(corrections__gt=0), "no": Q(corrections=0)}
_SORTING = {
    Order.BEST: ("-created_at", "-id"),
    Order.NEWEST: ("-created_at", "-id"),
    Order.OLDEST: ("created_at", "id"),
    Order.LONGEST: ("-clock_ms", "-created_at", "-id"),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a session list, with values as in the query string; an empty one lets everything through."""

    when: str = ""
    """A key of WHEN."""
    since: date | None = None
    """The first day, if `when` is "dates"."""
    until: date | None = None
    """The last day, included, if `when` is "dates"."""
    language: str = ""
    """The code of the spoken language."""
    tag: str = ""
    """The name of a tag, in any case, or NO_TAG."""
    length: str = ""
    """A key of LENGTHS."""
    source: str = ""
    """A key of SOURCES."""
    corrected: str = ""
    """A key of CORRECTED."""
    favourite: str = ""
    """The word "yes" for favourites only."""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """The filters in a query string; unknown values are ignored."""

        def one_of(name: str, known: Mapping[str, object]) -> str:
            value = query.get(name, "")
            return value if value in known else ""

        return cls(
            when=one_of("when", WHEN),
            since=_day(query.get("since", "")),
            until=_day(query.get("until", "")),
            language=query.get("language", "")[:8].replace("\0", ""),
            tag=NO_TAG if query.get("tag") == NO_TAG else _tag(query.get("tag", "")),
            length=one_of("length", LENGTHS),
            source=one_of("source", SOURCES),
            corrected=one_of("corrected", CORRECTED),
            favourite=one_of("favourite", {"yes": None}),
        )

    def __bool__(self) -> bool:
        """Whether any filter is set."""
        return any(
            (
                self.when,
                self.language,
                self.tag,
                self.length,
                self.source,
                self.corrected,
                self.favourite,
            )
        )

    @property
    def query(self) -> str:
        """The filters as a query string."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return urlencode({name: str(value) for name, value in values.items() if value})

    def applied(self, sessions: QuerySet[Session], now: datetime) -> QuerySet[Session]:
        """The sessions that pass the filters. Days are those of the current time zone."""
        sessions = sessions.filter(self._time(timezone.localtime(now)))
        if self.language:
            sessions = sessions.alias(spoken=SPOKEN_LANGUAGE).filter(spoken=self.language)
        if self.favourite:
            sessions = sessions.filter(favourite=True)
        if self.tag == NO_TAG:
            sessions = sessions.filter(tags=None)
        elif self.tag:
            # A user has at most one tag of this name, so no session appears twice.
            sessions = sessions.filter(tags__name__iexact=self.tag)
        if self.source:
            sessions = sessions.filter(source=self.source)
        return sessions.filter(_LENGTHS.get(self.length, Q()), _CORRECTED.get(self.corrected, Q()))

    def _time(self, now: datetime) -> Q:
        if self.when == "dates":
            wanted = Q()
            if self.since:
                wanted &= Q(created_at__gte=_begin(self.since))
            if self.until:
                wanted &= Q(created_at__lt=_begin(self.until + timedelta(days=1)))
            return wanted
        if self.when == "older":
            return Q(created_at__lt=_begin(now.date() - timedelta(days=_DAYS["year"])))
        if self.when:
            return Q(created_at__gte=_begin(now.date() - timedelta(days=_DAYS[self.when])))
        return Q()


def ordered(sessions: QuerySet[Session], order: Order) -> QuerySet[Session]:
    return sessions.order_by(*_SORTING[order])


def order_of(value: str, *, searching: bool) -> Order:
    """The order with this name; for an unknown name, BEST in a search and NEWEST otherwise."""
    known = value in set(Order) and (searching or value != Order.BEST)
    return Order(value) if known else Order.BEST if searching else Order.NEWEST


def _tag(text: str) -> str:
    return " ".join(text.replace("\0", "").split())


def _day(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    # Near the limits of `datetime`, converting a day to another time zone fails.
    return day if day and 1900 <= day.year <= 9000 else None


def _begin(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
