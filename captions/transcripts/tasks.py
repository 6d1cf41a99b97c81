"""Celery tasks for transcripts."""

from celery import shared_task

from . import spelling


@shared_task
def forget_gone_words() -> None:
    spelling.forget_gone()
