"""Queues jobs again whose worker was killed, or whose task could not be queued."""

from typing import Any

from celery import Task

from ..models.leased_job import LeasedJob
from ..models.shared_clock import shared_now

# A queued task expires after this time, when the next call of `resume` queues the job again.
RESUME_SECONDS = 60


def resume(task: Task, model: type[LeasedJob]) -> None:
    """Queues the task for every due job of the model, with the job's key as its argument."""
    due: Any = model._default_manager
    for pk in due.due(shared_now()).values_list("pk", flat=True):
        task.apply_async([str(pk)], expires=RESUME_SECONDS)
