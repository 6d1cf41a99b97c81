"""The Celery tasks for uploads; each may run more than once."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from ..jobs.resuming import resume
from ..models import Upload
from . import tidying, writing


@shared_task
def write_upload(pk: str) -> None:
    writing.write(UUID(pk))


@shared_task
def resume_uploads() -> None:
    resume(write_upload, Upload)
    tidying.sweep(timezone.now())
