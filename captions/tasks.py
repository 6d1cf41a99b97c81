"""What the Celery worker does; each task may run twice."""

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from .models import Session
from .sound import joining, peaks, retention
from .transcripts.review import queue


@shared_task
def close_abandoned_sessions() -> None:
    Session.objects.close_abandoned(timezone.now())


@shared_task
def tend_reviews() -> None:
    queue.tend(timezone.now())


@shared_task
def clear_expired_logins() -> None:
    call_command("clearsessions", verbosity=0)


@shared_task
def finish_sound() -> None:
    joining.finish_all()
    peaks.draw_missing()


@shared_task
def delete_old_sound() -> None:
    retention.expire(timezone.now())
    retention.sweep(timezone.now())
