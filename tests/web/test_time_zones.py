from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError
from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from captions.models import Session, User
from captions.web.time_zones import TimeZoneMiddleware
from tests.factories import make_session, make_user

AT = datetime(2025, 3, 30, 0, 59, 59, tzinfo=UTC)


def seen(user: Any, look: Callable[[], Any]) -> Any:
    """What a view sees while it answers this user."""
    found: list[Any] = []

    def view(request: HttpRequest) -> HttpResponse:
        found.append(look())
        return HttpResponse()

    request = RequestFactory().get("/")
    request.user = user
    TimeZoneMiddleware(view)(request)
    return found[0]


def test_dates_are_in_the_time_of_their_reader_summer_and_winter() -> None:
    reader = User(time_zone="Europe/Berlin")
    assert seen(reader, lambda: timezone.localtime(AT).isoformat()) == "2025-03-30T01:59:59+01:00"
    later = AT.replace(hour=1)
    assert seen(reader, lambda: timezone.localtime(later).isoformat()) == "2025-03-30T03:59:59+02:00"
    assert seen(reader, timezone.get_current_timezone_name) == "Europe/Berlin"
    assert (
        seen(reader, lambda: timezone.make_aware(datetime(2025, 7, 1)).isoformat())
        == "2025-07-01T00:00:00+02:00"
    )
    assert seen(AnonymousUser(), lambda: timezone.localtime(AT).isoformat()) == "2025-03-30T00:59:59+00:00"
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.django_db
def test_the_database_counts_days_as_their_reader_does() -> None:
    user = make_user(time_zone="Asia/Tokyo")
    make_session(user, created_at=AT.replace(hour=20))
    days = Session.objects.annotate(day=TruncDate("created_at")).values_list("day", flat=True)
    assert seen(user, lambda: days.get().isoformat()) == "2025-03-31"
    assert seen(user, lambda: Session.objects.filter(created_at__date="2025-03-31").count()) == 1


def test_what_shows_no_date_needs_no_account() -> None:
    class Away:
        def __getattribute__(self, name: str) -> Any:
            raise OperationalError

    assert seen(Away(), lambda: "fine") == "fine"
    with pytest.raises(OperationalError):
        seen(Away(), timezone.localtime)
