"""What the Celery worker does; each task may run twice."""

from uuid import UUID

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

# Whoever sends a task needs the application too, which knows the broker.
import whisperstream_site.celery  # noqa: F401

from .files import tidying, writing
from .leaving import erase_leaving
from .models import Archive, Session
from .sound import joining, peaks, retention
from .transcripts import archive
from .transcripts.review import queue

_RESUME_SECONDS = 60


@shared_task
def close_abandoned_sessions() -> None:
    Session.objects.close_abandoned(timezone.now())


@shared_task
def tend_reviews() -> None:
    queue.tend(timezone.now())


@shared_task
def clear_expired_logins() -> None:
    call_command("clearsessions", verbosity=0)


@shared_task
def finish_sound() -> None:
    joining.finish_all()
    peaks.draw_missing()


@shared_task
def delete_old_sound() -> None:
    retention.expire(timezone.now())
    retention.sweep(timezone.now())


@shared_task
def write_upload(pk: str) -> None:
    writing.write(UUID(pk))


@shared_task
def resume_uploads() -> None:
    for pk in tidying.unfinished(timezone.now()):
        # Until the next time somebody may have come to it.
        write_upload.apply_async([str(pk)], expires=_RESUME_SECONDS)
    tidying.sweep(timezone.now())


@shared_task
def make_archive(pk: str) -> None:
    archive.make(UUID(pk))


@shared_task
def resume_archives() -> None:
    for pk in Archive.objects.stalled(timezone.now()).values_list("pk", flat=True):
        make_archive.apply_async([str(pk)], expires=_RESUME_SECONDS)


@shared_task
def delete_old_archives() -> None:
    archive.expire(timezone.now())
    archive.sweep(timezone.now())


@shared_task
def delete_accounts() -> None:
    erase_leaving()
