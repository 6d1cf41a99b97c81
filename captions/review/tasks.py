"""The Celery task for reviews; it may run more than once at a time."""

from celery import shared_task
from django.utils import timezone

from . import queue


@shared_task
def tend_reviews() -> None:
    queue.tend(timezone.now())
