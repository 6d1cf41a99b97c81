"""What the Celery worker does; each task may run twice."""

from uuid import UUID

import structlog
from celery import shared_task
from django.core.management import call_command
from django.utils import timezone
from kombu.exceptions import OperationalError

# Whoever sends a task needs the application too, which knows the broker.
import whisperstream_site.celery  # noqa: F401

from .files import again, recovering, tidying, writing
from .leaving import erase_leaving
from .models import Archive, Proposal, Session
from .sound import joining, peaks, retention
from .transcripts import archive
from .transcripts.proposals import asking
from .transcripts.review import queue

log = structlog.get_logger(__name__)

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
    for proposal in asking.ask_by_itself(timezone.now()):
        listen_again.delay(str(proposal.pk))
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
def recover_missed() -> None:
    recovering.recover_all()


def recover_soon() -> None:
    """Has what was missed recovered now, and not when it is time again; a hint that may be lost."""
    try:
        recover_missed.apply_async(expires=_RESUME_SECONDS, retry=False)
    except OperationalError as error:
        log.warning("recovery_not_asked_for", error=type(error).__name__)


@shared_task
def listen_again(pk: str) -> None:
    again.listen_again(UUID(pk))


@shared_task
def resume_second_passes() -> None:
    for pk in Proposal.objects.stalled(timezone.now()).values_list("pk", flat=True):
        listen_again.apply_async([str(pk)], expires=_RESUME_SECONDS)
    again.sweep()


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


def delete_accounts_soon() -> None:
    """Has those that people have left deleted; it does not wait, and need not succeed."""
    try:
        delete_accounts.delay()
    except OperationalError as error:
        # They are looked for every minute as well.
        log.warning("deletion_not_announced", error=type(error).__name__)
