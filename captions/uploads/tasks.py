"""The Celery tasks for uploads; each may run more than once."""

from uuid import UUID

import structlog
from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from ..jobs.resuming import resume
from ..models import Upload
from . import tidying, writing

log = structlog.get_logger(__name__)


@shared_task
def write_upload(pk: str) -> None:
    writing.write(UUID(pk))


@shared_task
def resume_uploads() -> None:
    resume(write_upload, Upload)
    tidying.sweep(timezone.now())


def write_soon(pk: UUID) -> None:
    """Has an upload whose bytes are all there transcribed."""
    try:
        write_upload.delay(str(pk))
    except OperationalError:
        # The broker is unreachable; `resume_uploads` finds the upload later.
        log.exception("upload_not_announced", upload=str(pk))
