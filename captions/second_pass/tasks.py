"""What Celery does for recordings that are listened to again; each task may run twice."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from ..models import Proposal
from . import asking, job

_RESUME_SECONDS = 60


@shared_task
def listen_again(pk: str) -> None:
    job.listen_again(UUID(pk))


@shared_task
def listen_to_what_ended() -> None:
    for proposal in asking.ask_by_itself(timezone.now()):
        listen_again.delay(str(proposal.pk))


@shared_task
def resume_second_passes() -> None:
    for pk in Proposal.objects.stalled(timezone.now()).values_list("pk", flat=True):
        listen_again.apply_async([str(pk)], expires=_RESUME_SECONDS)
    job.sweep()
