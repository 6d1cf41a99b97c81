"""The Celery tasks for uploads; each may run more than once."""

from uuid import UUID

import structlog
from celery import Task, shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from ..jobs.resuming import resume
from ..jobs.turns import GivesWayError, files
from ..models import FileRequest, Upload
from . import tidying, writing

log = structlog.get_logger(__name__)


def _write(pk: UUID) -> None:
    try:
        writing.write(pk)
    except GivesWayError:
        write_soon(pk)


def _answer(pk: UUID) -> None:
    # It imports this module too.
    from .requests.job import answer

    try:
        answer(pk)
    except GivesWayError:
        answer_soon(pk)


files.add(Upload, "user_id", _write)
files.add(FileRequest, "user_id", _answer)


@shared_task
def write_upload(pk: str) -> None:
    files.take(Upload, UUID(pk))


@shared_task
def answer_request(pk: str) -> None:
    files.take(FileRequest, UUID(pk))


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
