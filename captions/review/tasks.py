"""What Celery does for reviews; it may run twice."""

from celery import shared_task
from django.utils import timezone

from . import queue


@shared_task
def tend_reviews() -> None:
    queue.tend(timezone.now())
