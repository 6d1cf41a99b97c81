"""What Celery is told to do, and how it says that it could not."""

import time

import pytest
from celery.app.trace import build_tracer
from celery.beat import PersistentScheduler, ScheduleEntry
from django.conf import settings
from django.db import OperationalError

from captions.review import queue
from captions.review.tasks import tend_reviews
from whisperstream_site.beat import Scheduler
from whisperstream_site.celery import app

pytestmark = pytest.mark.django_db


def test_every_scheduled_task_exists():
    app.loader.import_default_modules()
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in app.tasks
    for name in settings.CELERY_TASK_ROUTES:
        assert name in app.tasks


def test_of_two_hosts_with_beat_one_sends_a_task(monkeypatch, tmp_path):
    sent = []
    monkeypatch.setattr(PersistentScheduler, "apply_async", lambda self, entry, **options: sent.append(entry))
    hosts = [
        Scheduler(app, schedule_filename=str(tmp_path / name), lazy=True)
        for name in ("first-host", "second-host")
    ]
    every_second = ScheduleEntry("often", "task", schedule=0.2, app=app)
    for host in hosts:
        host.apply_entry(every_second)
    assert len(sent) == 1
    time.sleep(0.2)
    for host in hosts:
        host.apply_entry(every_second)
    assert len(sent) == 2


@pytest.mark.parametrize(
    ("error", "traceback"), [(OperationalError("away"), False), (ValueError("odd"), True)]
)
def test_a_database_that_is_away_is_said_in_a_line(monkeypatch, caplog, error, traceback):
    def fails(now):
        raise error

    monkeypatch.setattr(queue, "tend", fails)
    caplog.set_level("INFO", "celery")
    build_tracer(tend_reviews.name, tend_reviews, app=app)(
        "1", (), {}, {"id": "1", "is_eager": False, "delivery_info": {}}
    )
    (said,) = [record for record in caplog.records if str(error) in record.getMessage()]
    assert bool(said.exc_info) == traceback
