import datetime

import pytest
from django.contrib.sessions.models import Session as Login
from django.utils import timezone

from captions.account import tasks

pytestmark = pytest.mark.django_db


def test_expired_logins_are_cleared():
    now = timezone.now()
    for key, days in (("old", -1), ("new", 1)):
        Login.objects.create(session_key=key, expire_date=now + datetime.timedelta(days=days))
    tasks.clear_expired_logins.apply(throw=True)
    assert list(Login.objects.values_list("session_key", flat=True)) == ["new"]
