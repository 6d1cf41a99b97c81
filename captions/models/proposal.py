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

# Of so many earlier ones it is looked at how long they took.
_REMEMBERED = 5


class ProposalQuerySet(LeasedJobQuerySet["Proposal"]):
    """Rules about many proposals."""

    def pace(self) -> float | None:
        """How much of a second it lately took to hear a second; None where nobody knows."""
        measured = self.filter(heard_at__isnull=False, duration_ms__gt=0).order_by("-heard_at")
        taken = [
            (row.heard_at - row.started_at).total_seconds() * 1000 / row.duration_ms
            for row in measured.only("heard_at", "started_at", "duration_ms")[:_REMEMBERED]
            if row.heard_at is not None and row.started_at is not None
        ]
        return sorted(taken)[len(taken) // 2] if taken else None


class Proposal(TranscribingJob):
    """The second pass over the sound of a session: what its transcript could read instead.

    A Celery worker hears the recording once more, with `model`; `duration_ms` is that of the recording. When it is
    `ready` its items wait to be decided; `done` means that they are. One that is `cancelled` is not wanted any more, be
    it before it was ready or after it was decided; it has no items. `message` is a sentence for its person about what
    went wrong, in English. A session has one at most: a new one takes the place of the old. An `automatic` one was
    asked for by nobody, since the dictation ended: it is accepted as soon as it is ready.
    """

    # Its worker gives a sign of life every second or two.
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
        # A decoder may find a little more than the recording says.
        super().progress(now, min(heard_ms, self.duration_ms), self.duration_ms)


class ItemState(models.TextChoices):
    """What was decided of an item; `stale` is one whose words have changed before that."""

    OPEN = "open"
    ACCEPTED = "accepted"
    KEPT = "kept"
    STALE = "stale"


class ProposalItem(models.Model):
    """One difference: utterances that read otherwise now, to be accepted as a whole or not at all.

    `parts` is a list of `{"utterance", "seq", "version", "before", "after", "language"}`: the number of the row and the
    version from which it was proposed, all three null for words that were missed altogether; what it read, null there
    too, and how it is to stand, as `State` has it. When it is accepted the rows and versions are those that were
    made, and `change` is the name of the change. `corrected` says that words would go which somebody has
    corrected by hand.
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
