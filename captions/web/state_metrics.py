"""Metrics of what is the same for all processes, looked up when Prometheus asks: stores, audio workers, jobs.

Each web process answers with them, so of several answers one counts, not their sum.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ..models import Archive, FileRequest, Proposal, Summary, TranscriptGap, Upload, WebhookDelivery
from ..models.leased_job import LeasedJobQuerySet
from ..protocol.registry import WorkerState


@dataclass(frozen=True, slots=True)
class DueJobs:
    """Jobs of one kind that nobody works on although they are due."""

    count: int
    oldest_seconds: float
    """For how long the oldest is due; 0 if there is none."""


@dataclass(frozen=True, slots=True)
class SharedState:
    """What was found; None for what could not be looked up, since its store is away."""

    workers: list[WorkerState] | None
    jobs: dict[str, DueJobs] | None


def due_jobs(now: datetime) -> dict[str, DueJobs]:
    """By kind. Raises DatabaseError."""
    kinds: dict[str, LeasedJobQuerySet[Any]] = {
        "gap": TranscriptGap.objects.of_workers(),
        "delivery": TranscriptGap.objects.delivered(),
        "upload": Upload.objects.all(),
        "request": FileRequest.objects.all(),
        "second_pass": Proposal.objects.all(),
        "summary": Summary.objects.all(),
        "archive": Archive.objects.all(),
        # Those of an endpoint that answers nothing are no sign that nobody sends them.
        "webhook": WebhookDelivery.objects.filter(endpoint__is_on=True, endpoint__failing_since=None),
    }
    found = {}
    for kind, jobs in kinds.items():
        due = jobs.due(now).aggregate(count=Count("pk"), since=Min("due_at"))
        oldest = (now - due["since"]).total_seconds() if due["since"] else 0.0
        found[kind] = DueJobs(due["count"], oldest)
    return found


class StateCollector(Collector):
    """Presents a state to the library of Prometheus."""

    def __init__(self, state: SharedState) -> None:
        self._state = state

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _stores(self._state)
        yield _workers(self._state.workers or ())
        yield _due(self._state.jobs or {})
        yield _overdue(self._state.jobs or {})


def _stores(state: SharedState) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "whisperstream_store_up", "Whether a store answers: 1, or 0.", labels=["store"]
    )
    family.add_metric(["database"], float(state.jobs is not None))
    family.add_metric(["channel_layer"], float(state.workers is not None))
    return family


def _workers(workers: Sequence[WorkerState]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "whisperstream_workers", "Audio workers that live, by state.", labels=["state"]
    )
    states = Counter(worker.state for worker in workers)
    for state in ("loading", "ready", "draining", "failed"):
        family.add_metric([state], states[state])
    return family


def _due(jobs: dict[str, DueJobs]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "whisperstream_jobs_due", "Jobs that are due and that nobody works on.", labels=["kind"]
    )
    for kind, due in jobs.items():
        family.add_metric([kind], due.count)
    return family


def _overdue(jobs: dict[str, DueJobs]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "whisperstream_jobs_overdue_seconds", "For how long the oldest of these jobs is due.", labels=["kind"]
    )
    for kind, due in jobs.items():
        family.add_metric([kind], due.oldest_seconds)
    return family
