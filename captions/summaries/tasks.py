"""The Celery tasks of summaries; each may run more than once."""

from uuid import UUID

from celery import shared_task

from ..jobs.resuming import resume
from ..jobs.turns import files
from ..models import Summary
from . import job

files.add(Summary, "session__user_id", job.write)


@shared_task
def write_summary(pk: str) -> None:
    files.take(Summary, UUID(pk))


@shared_task
def resume_summaries() -> None:
    resume(write_summary, Summary)
