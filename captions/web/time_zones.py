"""Shows dates in the time zone of the user."""

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
    """The time zone of the request's user, looked up only when the first date is formatted.

    So requests that format no date do not load the user, and a store outage is met and reported by the view.
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
        # Django passes this name to PostgreSQL.
        return str(self._zone)
