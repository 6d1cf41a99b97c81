"""Which of somebody's sessions are wanted, and in which order."""

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

_MINUTE_MS = 60_000


class Order(StrEnum):
    """BEST is for what was searched for; without that, it is as NEWEST."""

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
    """Each is empty where anything will do; the values are those of an address. `since` and `until` count where `when`
    is "dates", both days included."""

    when: str = ""
    since: date | None = None
    until: date | None = None
    language: str = ""
    tag: str = ""
    length: str = ""
    source: str = ""
    corrected: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """What an address asks for. What is not known here asks for nothing."""

        def one_of(name: str, known: Mapping[str, object]) -> str:
            value = query.get(name, "")
            return value if value in known else ""

        return cls(
            when=one_of("when", WHEN),
            since=_day(query.get("since", "")),
            until=_day(query.get("until", "")),
            language=query.get("language", "")[:8].replace("\0", ""),
            tag=" ".join(query.get("tag", "").replace("\0", "").split()),
            length=one_of("length", LENGTHS),
            source=one_of("source", SOURCES),
            corrected=one_of("corrected", CORRECTED),
        )

    def __bool__(self) -> bool:
        """Whether anything is asked for."""
        return any((self.when, self.language, self.tag, self.length, self.source, self.corrected))

    @property
    def query(self) -> str:
        """As in an address."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return urlencode({name: str(value) for name, value in values.items() if value})

    def applied(self, sessions: QuerySet[Session], now: datetime) -> QuerySet[Session]:
        """Those of the sessions that are asked for. Days are those of the current time zone."""
        sessions = sessions.filter(self._time(timezone.localtime(now)))
        if self.language:
            sessions = sessions.alias(spoken=SPOKEN_LANGUAGE).filter(spoken=self.language)
        if self.tag:
            # At most one of a person's tags is called so.
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
    """The order that an address asks for; one that is not known is the best there is."""
    known = value in set(Order) and (searching or value != Order.BEST)
    return Order(value) if known else Order.BEST if searching else Order.NEWEST


def _day(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    # Beyond these, a day of one time zone has none in another.
    return day if day and 1900 <= day.year <= 9000 else None


def _begin(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
