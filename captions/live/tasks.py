"""Celery tasks that end sessions that are abandoned or without a token, delete those in which nothing was said, and
recover gaps.

Each is idempotent.
"""

import structlog
from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from ..jobs.resuming import RESUME_SECONDS
from ..models import Session
from ..models.shared_clock import shared_now
from ..recordings.parts import parts_folder
from . import recovery, revoking

log = structlog.get_logger(__name__)


@shared_task
def close_abandoned_sessions() -> None:
    Session.all_objects.close_abandoned(shared_now())


@shared_task
def end_sessions_without_token() -> None:
    revoking.end_without_token(shared_now())


@shared_task
def discard_wordless_sessions() -> None:
    Session.objects.discard_old_wordless(timezone.now(), but=parts_folder().sessions())


@shared_task
def recover_gaps() -> None:
    recovery.recover_all()


def recover_soon() -> None:
    """Asks Celery to recover gaps now. Where that fails, the schedule does it later."""
    try:
        recover_gaps.apply_async(expires=RESUME_SECONDS, retry=False)
    except OperationalError as error:
        log.warning("recovery_not_asked_for", error=type(error).__name__)
