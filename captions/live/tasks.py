"""What Celery does for dictations that are over, and for what their workers missed; each task may run twice."""

import structlog
from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from ..models import Session
from . import recovery

log = structlog.get_logger(__name__)

_RESUME_SECONDS = 60


@shared_task
def close_abandoned_sessions() -> None:
    Session.objects.close_abandoned(timezone.now())


@shared_task
def recover_missed() -> None:
    recovery.recover_all()


def recover_soon() -> None:
    """Has what was missed recovered now, and not when it is time again; a hint that may be lost."""
    try:
        recover_missed.apply_async(expires=_RESUME_SECONDS, retry=False)
    except OperationalError as error:
        log.warning("recovery_not_asked_for", error=type(error).__name__)
