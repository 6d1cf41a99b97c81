"""The Celery tasks for accounts and their archives; each may run more than once."""

from uuid import UUID

import structlog
from celery import shared_task
from django.core.management import call_command
from django.utils import timezone
from kombu.exceptions import OperationalError

from ..jobs.resuming import resume
from ..models import Archive
from . import archive
from .deletion import erase_leaving

log = structlog.get_logger(__name__)


@shared_task
def clear_expired_logins() -> None:
    call_command("clearsessions", verbosity=0)


@shared_task
def make_archive(pk: str) -> None:
    archive.make(UUID(pk))


@shared_task
def resume_archives() -> None:
    resume(make_archive, Archive)


@shared_task
def delete_old_archives() -> None:
    archive.expire(timezone.now())
    archive.sweep(timezone.now())


@shared_task
def delete_accounts() -> None:
    erase_leaving()


def delete_accounts_soon() -> None:
    """Starts the deletion of accounts without waiting for it; a failure to start it is only logged."""
    try:
        delete_accounts.delay()
    except OperationalError as error:
        # The task also runs every minute by itself.
        log.warning("deletion_not_announced", error=type(error).__name__)
