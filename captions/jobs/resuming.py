"""Asks again for jobs whose worker was killed, or that nobody could be asked for."""

from typing import Any

from celery import Task
from django.utils import timezone

from ..models.leased_job import LeasedJob

# Until the next time somebody may have come to it.
RESUME_SECONDS = 60


def resume(task: Task, model: type[LeasedJob]) -> None:
    """Has the task called with the key of every job of the model that is due."""
    due: Any = model._default_manager
    for pk in due.due(timezone.now()).values_list("pk", flat=True):
        task.apply_async([str(pk)], expires=RESUME_SECONDS)
