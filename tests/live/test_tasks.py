import datetime

import pytest
from django.utils import timezone

from captions.live import tasks
from captions.models import Session, User

pytestmark = pytest.mark.django_db


def test_abandoned_sessions_are_closed_once():
    user = User.objects.create_user("ada")
    long_ago = timezone.now() - datetime.timedelta(hours=1)
    abandoned = Session.objects.create(user=user, active_at=long_ago)
    live = Session.objects.create(user=user)
    tasks.close_abandoned_sessions.apply(throw=True)
    tasks.close_abandoned_sessions.apply(throw=True)
    abandoned.refresh_from_db()
    live.refresh_from_db()
    assert abandoned.ended_at == long_ago
    assert live.ended_at is None
