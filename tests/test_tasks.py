import datetime

import pytest
from celery.app.trace import build_tracer
from django.conf import settings
from django.contrib.sessions.models import Session as Login
from django.db import OperationalError
from django.utils import timezone

from captions import tasks
from captions.models import Recording, Session, User
from captions.transcripts.review import queue
from tests.factories import make_ended_session, make_user
from whisperstream_site.celery import app

pytestmark = pytest.mark.django_db


def test_every_scheduled_task_exists():
    app.loader.import_default_modules()
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in app.tasks


@pytest.mark.parametrize(
    ("error", "traceback"), [(OperationalError("away"), False), (ValueError("odd"), True)]
)
def test_a_database_that_is_away_is_said_in_a_line(monkeypatch, caplog, error, traceback):
    def fails(now):
        raise error

    monkeypatch.setattr(queue, "tend", fails)
    caplog.set_level("INFO", "celery")
    task = tasks.tend_reviews
    build_tracer(task.name, task, app=app)("1", (), {}, {"id": "1", "is_eager": False, "delivery_info": {}})
    (said,) = [record for record in caplog.records if str(error) in record.getMessage()]
    assert bool(said.exc_info) == traceback


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


def test_expired_logins_are_cleared():
    now = timezone.now()
    for key, days in (("old", -1), ("new", 1)):
        Login.objects.create(session_key=key, expire_date=now + datetime.timedelta(days=days))
    tasks.clear_expired_logins.apply(throw=True)
    assert list(Login.objects.values_list("session_key", flat=True)) == ["new"]


def test_sound_that_has_come_is_listened_to_again(monkeypatch, settings, tmp_path):
    settings.SOUND_DIR = tmp_path
    session = make_ended_session(make_user(), ["Hello there."], keep_sound=True)
    Recording.objects.create(session=session, file="sound.opus", duration_ms=9_000, peaks=b"1")
    asked: list[str] = []
    monkeypatch.setattr(tasks.listen_again, "delay", asked.append)
    tasks.finish_sound.apply(throw=True)
    tasks.finish_sound.apply(throw=True)
    assert asked == [str(session.proposal.pk)]
