import uuid
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from django.db import models
from django.utils import timezone

from .session import Session

ProposalState = Literal["waiting", "working", "ready", "failed", "cancelled", "done"]

WAITING, WORKING, READY = "waiting", "working", "ready"
FAILED, CANCELLED, DONE = "failed", "cancelled", "done"

# A worker may be stopped in the middle; but sound that ends one worker after the other is left alone.
MOST_ATTEMPTS = 3

_MOVING = (WAITING, WORKING)
# Whoever works on one says so every second or two.
_SIGN_OF_LIFE = timedelta(seconds=20)
_QUIET = timedelta(seconds=6)
# Below this an estimate is a guess.
_LEAST_MEASURED = timedelta(seconds=3)
# Of so many earlier ones it is looked at how long they took.
_REMEMBERED = 5


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """Rules about many proposals."""

    def moving(self) -> Self:
        """Those that something is still to come of."""
        return self.filter(state__in=_MOVING)

    def stalled(self, now: datetime) -> Self:
        """Those on which nobody works, as far as one can see."""
        return self.moving().filter(active_at__lt=now - _SIGN_OF_LIFE)

    def pace(self) -> float | None:
        """How much of a second it lately took to hear a second; None where nobody knows."""
        measured = self.filter(heard_at__isnull=False, duration_ms__gt=0).order_by("-heard_at")
        taken = [
            (row.heard_at - row.started_at).total_seconds() * 1000 / row.duration_ms
            for row in measured.only("heard_at", "started_at", "duration_ms")[:_REMEMBERED]
            if row.heard_at is not None and row.started_at is not None
        ]
        return sorted(taken)[len(taken) // 2] if taken else None


class Proposal(models.Model):
    """The second pass over the sound of a session: what its transcript could read instead.

    A Celery worker hears the recording once more, with `model`; `heard_ms` of `duration_ms` is how far it is.
    `attempts` counts who began to; only the last one may write here, so that hearing it twice at once does no harm.
    When it is `ready` its items wait to be decided; `done` means that they are. One that is `cancelled` is not wanted
    any more, be it before it was ready or after it was decided; it has no items. `message` is a sentence for its person
    about what went wrong, in English. A session has one at most: a new one takes the place of the old. An `automatic`
    one was asked for by nobody, since the dictation ended: it is accepted as soon as it is ready.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="proposal")
    state = models.CharField(
        max_length=10,
        default=WAITING,
        choices=[(state, state) for state in (*_MOVING, READY, FAILED, CANCELLED, DONE)],
        editable=False,
    )
    automatic = models.BooleanField(default=False, db_default=False, editable=False)
    model = models.CharField(max_length=200, blank=True, editable=False)
    message = models.TextField(blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    heard_ms = models.BigIntegerField(default=0, editable=False)
    duration_ms = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    heard_at = models.DateTimeField(null=True, editable=False, help_text="When all of it was heard.")
    active_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["active_at"], condition=models.Q(state__in=_MOVING), name="proposal_moving"),
            models.Index(
                fields=["-heard_at"], condition=models.Q(heard_at__isnull=False), name="proposal_heard"
            ),
        ]

    def __str__(self) -> str:
        return f"Second pass over {self.session_id}"

    @property
    def is_moving(self) -> bool:
        return self.state in _MOVING

    @property
    def percent(self) -> int:
        """How much of it was heard; 99 until all of it is compared."""
        return min(99, 100 * self.heard_ms // self.duration_ms) if self.duration_ms else 0

    def left(self, now: datetime) -> timedelta | None:
        """How long it takes from now on, if it goes on as it went; None where nobody can tell."""
        if self.state != WORKING or self.started_at is None or not self.heard_ms:
            return None
        taken = now - self.started_at
        if taken < _LEAST_MEASURED or now - self.active_at > _QUIET:
            return None
        return taken * (max(0, self.duration_ms - self.heard_ms) / self.heard_ms)

    def begin(self, now: datetime, model: str) -> bool:
        """Takes it over, unless somebody works on it, it is at its end, or was begun too often."""
        free = models.Q(state=WAITING) | models.Q(state=WORKING, active_at__lt=now - _SIGN_OF_LIFE)
        row = Proposal.objects.filter(free, pk=self.pk, attempts__lt=MOST_ATTEMPTS)
        begun = row.update(
            state=WORKING,
            attempts=models.F("attempts") + 1,
            model=model,
            heard_ms=0,
            started_at=now,
            active_at=now,
        )
        self.refresh_from_db()
        return bool(begun)

    def note(self, now: datetime, **values: Any) -> bool:
        """Writes how it stands; False where somebody else works on it now, or it is not wanted any more."""
        row = Proposal.objects.filter(pk=self.pk, state=WORKING, attempts=self.attempts)
        return bool(row.update(active_at=now, **values))


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
