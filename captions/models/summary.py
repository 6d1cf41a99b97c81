import uuid
from datetime import timedelta
from typing import ClassVar, Literal

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..core.interface_language import translated
from .leased_job import LeasedJob, LeasedJobQuerySet
from .session import Session

SummaryState = Literal["waiting", "working", "ready", "failed", "cancelled"]

WAITING, WORKING, READY, FAILED, CANCELLED = "waiting", "working", "ready", "failed", "cancelled"

LONGEST_PROMPT = 4_000
"""Of an account, in characters."""

USUAL_PROMPT = _(
    "You are given the transcript of a dictation or conversation. Sum it up in the language of the transcript, "
    "with nothing that is not in it. Answer with plain text in this form: first a line that begins with “# ” and "
    "holds a title of at most eight words; then the summary in a few sentences; then, only if people said what is "
    "to be done, a line “## To do” in the language of the transcript, and each task on a line that begins with “- ”."
)


class SummaryQuerySet(LeasedJobQuerySet["Summary"]):
    """Queries and bulk operations on summaries."""


class Summary(LeasedJob):
    """What a language model wrote about a transcript: a note beside it, never a part of it.

    A Celery worker asks the service `host` for it, with `prompt`; `text` grows while the model writes. `ready` means
    that all of it is there, `failed` and `cancelled` that it broke off. A session has at most one: a new one replaces
    the old. `message` is a sentence in English about what went wrong; with `waiting` it was about the last attempt.
    """

    # The worker renews the lease every second.
    LEASE: ClassVar[timedelta] = timedelta(seconds=20)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="summary")
    state = models.CharField(
        max_length=10,
        default=WAITING,
        choices=[(state, state) for state in (WAITING, WORKING, READY, FAILED, CANCELLED)],
        editable=False,
    )
    prompt = models.TextField(editable=False)
    host = models.CharField(max_length=253, blank=True, editable=False)
    model = models.CharField(max_length=200, blank=True, editable=False)
    text = models.TextField(blank=True, editable=False)
    message = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    made_at = models.DateTimeField(null=True, editable=False, help_text="When all of it was there.")

    objects = SummaryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="summary_due")
        ]

    @property
    def shown_message(self) -> str:
        return translated(self.message)

    def __str__(self) -> str:
        return f"Summary of {self.session_id}"
