"""The Celery tasks of the second pass; each may run more than once."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from ..jobs.resuming import resume
from ..jobs.turns import files
from ..models import Proposal
from . import asking, job

files.add(Proposal, "session__user_id", job.listen_again)


@shared_task
def listen_again(pk: str) -> None:
    files.take(Proposal, UUID(pk))


@shared_task
def listen_to_what_ended() -> None:
    for proposal in asking.ask_by_itself(timezone.now()):
        listen_again.delay(str(proposal.pk))


@shared_task
def resume_second_passes() -> None:
    resume(listen_again, Proposal)
    job.sweep()
