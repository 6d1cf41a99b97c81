"""The Celery task for tokens; it may run more than once."""

from celery import shared_task
from django.utils import timezone

from .forgetting import forget_old


@shared_task
def forget_old_tokens() -> None:
    forget_old(timezone.now())
