"""Celery tasks that finish recordings and delete old ones. Each is idempotent."""

from celery import shared_task
from django.utils import timezone

from . import joining, retention, waveform


@shared_task
def finish_sound() -> None:
    joining.finish_all()
    waveform.draw_missing()


@shared_task
def delete_old_sound() -> None:
    retention.expire(timezone.now())
    retention.sweep(timezone.now())
