"""The Celery tasks for uploads; each may run more than once."""

from uuid import UUID

import structlog
from celery import Task, shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from ..jobs.resuming import resume
from ..models import FileRequest, Upload
from . import tidying, writing

log = structlog.get_logger(__name__)


@shared_task
def write_upload(pk: str) -> None:
    writing.write(UUID(pk))


@shared_task
def answer_request(pk: str) -> None:
    # It imports this module too.
    from .requests.job import answer

    answer(UUID(pk))


@shared_task
def resume_uploads() -> None:
    resume(write_upload, Upload)
    resume(answer_request, FileRequest)
    tidying.sweep(timezone.now())


def write_soon(pk: UUID) -> None:
    """Has an upload whose bytes are all there transcribed."""
    _soon(write_upload, pk)


def answer_soon(pk: UUID) -> None:
    """Has the file of a request transcribed."""
    _soon(answer_request, pk)


def _soon(task: Task, pk: UUID) -> None:
    try:
        task.delay(str(pk))
    except OperationalError:
        # The broker is unreachable; `resume_uploads` finds it later.
        log.exception("upload_not_announced", upload=str(pk))
