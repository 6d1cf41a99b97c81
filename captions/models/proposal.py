import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from django.db import models
from django.utils import timezone

from .leased_job import LeasedJobQuerySet, TranscribingJob
from .session import Session

ProposalState = Literal["waiting", "working", "ready", "failed", "cancelled", "done"]

WAITING, WORKING, READY = "waiting", "working", "ready"
FAILED, CANCELLED, DONE = "failed", "cancelled", "done"

# How many recent proposals the pace is measured on.
_REMEMBERED = 5


class ProposalQuerySet(LeasedJobQuerySet["Proposal"]):
    """Queries and bulk operations on proposals."""

    def pace(self) -> float | None:
        """The median time that recent second passes took, in seconds for a second of sound; None if there was none."""
        measured = self.filter(heard_at__isnull=False, duration_ms__gt=0).order_by("-heard_at")
        taken = [
            (row.heard_at - row.started_at).total_seconds() * 1000 / row.duration_ms
            for row in measured.only("heard_at", "started_at", "duration_ms")[:_REMEMBERED]
            if row.heard_at is not None and row.started_at is not None
        ]
        return sorted(taken)[len(taken) // 2] if taken else None


class Proposal(TranscribingJob):
    """A second pass over the recording of a session, and the differences to its transcript.

    A Celery worker transcribes the recording again, with `model`; `duration_ms` is that of the recording. `ready`
    means that its items can be accepted or kept, `done` that all of them are decided, and `cancelled` that it was
    withdrawn before or after that, and has no items. A session has at most one: a new one replaces the old.

    `automatic` marks one that started by itself when the dictation ended; it is accepted as soon as it is ready.
    `message` is a sentence in English about what went wrong.
    """

    # The worker renews the lease every second or two.
    LEASE: ClassVar[timedelta] = timedelta(seconds=20)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="proposal")
    state = models.CharField(
        max_length=10,
        default=WAITING,
        choices=[(state, state) for state in (WAITING, WORKING, READY, FAILED, CANCELLED, DONE)],
        editable=False,
    )
    automatic = models.BooleanField(default=False, db_default=False, editable=False)
    tell_speakers = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Whether voices are to be told apart as well.",
    )
    model = models.CharField(max_length=200, blank=True, editable=False)
    message = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    heard_at = models.DateTimeField(null=True, editable=False, help_text="When all of it was heard.")

    objects = ProposalQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="proposal_due"),
            models.Index(
                fields=["-heard_at"], condition=models.Q(heard_at__isnull=False), name="proposal_heard"
            ),
        ]

    def __str__(self) -> str:
        return f"Second pass over {self.session_id}"

    def progress(self, now: datetime, heard_ms: int, duration_ms: int) -> None:
        # A decoder may find slightly more sound than the length of the recording.
        super().progress(now, min(heard_ms, self.duration_ms), self.duration_ms)


class ItemState(models.TextChoices):
    """What was decided about an item. `stale`: the transcript had changed there before it was decided."""

    OPEN = "open"
    ACCEPTED = "accepted"
    KEPT = "kept"
    STALE = "stale"


class ProposalItem(models.Model):
    """One difference: proposed changes to one or several utterances, which are accepted together or not at all.

    `parts` is a list of `{"utterance", "seq", "version", "before", "after", "language", "shared"}`. `utterance` is the
    primary key of the row; it, `seq` and `version` say what the change was proposed for. `before` and `after` are its
    states, as `State` serialises them. A part that adds an utterance has null in place of the row, its version and
    `before`.
    Once accepted, the parts name the rows and versions that were made, and `change` is the id of the change.
    `corrected` means that accepting would replace words that a user has corrected.
    """

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="items")
    number = models.PositiveIntegerField(editable=False)
    start_ms = models.BigIntegerField(editable=False)
    end_ms = models.BigIntegerField(editable=False)
    parts = models.JSONField(editable=False)
    corrected = models.BooleanField(default=False, editable=False)
    state = models.CharField(max_length=8, choices=ItemState, default=ItemState.OPEN, editable=False)
    change = models.UUIDField(null=True, editable=False)

    class Meta:
        ordering = ["proposal", "number"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "number"], name="proposal_item_number_unique")
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.number}"
