"""What Celery does for files that people add; each task may run twice."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from . import tidying, writing

_RESUME_SECONDS = 60


@shared_task
def write_upload(pk: str) -> None:
    writing.write(UUID(pk))


@shared_task
def resume_uploads() -> None:
    for pk in tidying.unfinished(timezone.now()):
        # Until the next time somebody may have come to it.
        write_upload.apply_async([str(pk)], expires=_RESUME_SECONDS)
    tidying.sweep(timezone.now())
