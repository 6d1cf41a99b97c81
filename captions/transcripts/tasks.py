"""Celery tasks for transcripts; each may run more than once at a time."""

from celery import shared_task
from django.utils import timezone

from . import spoken_words, trash


@shared_task
def forget_gone_words() -> None:
    spoken_words.forget_gone()


@shared_task
def empty_trash() -> None:
    trash.empty(timezone.now())
