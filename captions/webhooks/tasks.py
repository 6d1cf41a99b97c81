"""The Celery task of webhooks; it may run more than once. Posts are sent by `manage.py outputs`."""

from celery import shared_task
from django.utils import timezone

from . import keeping


@shared_task
def tend_webhooks() -> None:
    keeping.tell_owners()
    keeping.forget_old(timezone.now())
