"""Every date on a page is in its reader's own time."""

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from functools import cached_property

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from ..core.time_zones import zone
from ..models import User


class TimeZoneMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(_ReadersZone(request)):
            return self._get_response(request)


class _ReadersZone(tzinfo):
    """The time zone of whoever asks, looked up with the first date: should the database be away, that is for the view
    to say, and what needs no date needs no account.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def _zone(self) -> tzinfo:
        user = self._request.user
        chosen = zone(user.time_zone) if isinstance(user, User) else None
        return chosen or timezone.get_default_timezone()

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        return self._zone.utcoffset(moment)

    def dst(self, moment: datetime | None) -> timedelta | None:
        return self._zone.dst(moment)

    def tzname(self, moment: datetime | None) -> str | None:
        return self._zone.tzname(moment)

    def fromutc(self, moment: datetime) -> datetime:
        return self._zone.fromutc(moment.replace(tzinfo=self._zone))

    def __str__(self) -> str:
        # What PostgreSQL is told.
        return str(self._zone)
