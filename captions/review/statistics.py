"""Statistics of corrections, as a measure of the model."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Subquery, Sum
from django.db.models.functions import TruncWeek

from ..models import ChangeKind, Review, ReviewState, Session, Utterance
from ..transcripts.wording import correction

_MS_AN_HOUR = 3_600_000
_MOST_WORDS = 25
# Only the latest changes are compared, because each comparison takes time.
_MOST_COMPARED = 5_000


@dataclass(frozen=True, slots=True)
class Span:
    """The number, length and corrected sentences of the sessions in a period, which begins with the day `starts`."""

    sessions: int
    hours: float
    corrections: int
    starts: date | None = None

    @property
    def per_hour(self) -> float | None:
        return self.corrections / self.hours if self.hours else None


@dataclass(frozen=True, slots=True)
class Corrected:
    heard: str
    written: str
    times: int


@dataclass(frozen=True, slots=True)
class Figures:
    whole: Span
    weeks: tuple[Span, ...]
    approved: int
    needs_work: int
    words: tuple[Corrected, ...]


def figures(since: datetime, until: datetime) -> Figures:
    """Figures of the sessions that ended, the reviews decided and the corrections made in this period."""
    sessions = Session.objects.filter(ended_at__gte=since, ended_at__lt=until)
    reviews = Review.objects.filter(decided_at__gte=since, decided_at__lt=until).aggregate(
        approved=Count("pk", filter=Q(state=ReviewState.APPROVED)),
        work=Count("pk", filter=Q(state=ReviewState.NEEDS_WORK)),
    )
    sums: dict[str, Any] = {
        "sessions": Count("pk"),
        "ms": Sum("clock_ms", default=0),
        "corrected": Sum("corrections", default=0),
    }
    by_week: Any = sessions.order_by().annotate(week=TruncWeek("ended_at")).values("week")
    weeks = by_week.annotate(**sums)
    whole = sessions.aggregate(**sums)
    return Figures(
        _span(whole["sessions"], whole["ms"], whole["corrected"]),
        tuple(
            _span(week["sessions"], week["ms"], week["corrected"], week["week"].date())
            for week in weeks.order_by("-week")
        ),
        reviews["approved"],
        reviews["work"],
        tuple(
            Corrected(heard, written, times)
            for (heard, written), times in Counter(_wordings(since, until)).most_common(_MOST_WORDS)
        ),
    )


def _span(sessions: int, ms: int, corrections: int, starts: date | None = None) -> Span:
    return Span(sessions, ms / _MS_AN_HOUR, corrections, starts)


def _wordings(since: datetime, until: datetime) -> Iterator[tuple[str, str]]:
    before = Utterance.history.filter(id=OuterRef("id"), version__lt=OuterRef("version")).order_by("-version")
    history: Any = Utterance.history
    made = history.filter(
        # The history of what is in the trash is there still.
        Exists(Session.objects.filter(pk=OuterRef("session"))),
        kind__in=[ChangeKind.EDIT, ChangeKind.REPLACE],
        history_date__gte=since,
        history_date__lt=until,
    )
    latest = made.order_by("-history_id").annotate(before=Subquery(before.values("text")[:1]))
    for older, newer in latest.values_list("before", "text")[:_MOST_COMPARED]:
        found = correction(older or "", newer)
        if found:
            yield found
