"""Probes and metrics for operators, and the state of the recogniser for the dictation page."""

import hmac
import os
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import psutil
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from redis import RedisError

from .. import metrics as _counted  # noqa: F401 - what is not imported is not shown
from ..core import draining
from ..core.stores import database_problem, redis_problem
from ..protocol.availability import availability
from ..protocol.registry import WorkerState, workers
from .patient_check import PatientCheck
from .state_metrics import DueJobs, SharedState, StateCollector, due_jobs

GetResponse = Callable[[HttpRequest], HttpResponse]
Found = TypeVar("Found")

# A probe may itself give up after a second.
_PATIENCE_SECONDS = 0.6


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Liveness: answers as long as this process runs, whatever the state of the stores and workers."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Readiness: 200 if this process has what its pages need, else 503 with what is missing.

    Whether a dictation could begin now is said beside it: pages do without, and another web process would not help.
    """
    until = time.monotonic() + _PATIENCE_SECONDS
    database, found = _DATABASE.begin(), _WORKERS.begin()
    database_away = _outcome(database, until) != ""
    registered = _outcome(found, until)
    redis_away = registered is None
    state = availability(registered or [])
    parts = {
        "web": "draining" if draining.started() else "ok",
        "database": "away" if database_away else "ok",
        "channel_layer": "away" if redis_away else "ok",
    }
    is_ready = all(part == "ok" for part in parts.values())
    worker = "ok" if state.state == "ready" else state.state
    response = JsonResponse({"ready": is_ready, **parts, "worker": worker}, status=200 if is_ready else 503)
    # Probes come every few seconds, so Django must not log each 503 as an error.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Metrics for Prometheus, for requests with METRICS_TOKEN; without a token, only if the server is LOCAL."""
    if settings.METRICS_TOKEN:
        expected = f"Bearer {settings.METRICS_TOKEN}".encode()
        if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected):
            return HttpResponse(
                "Send METRICS_TOKEN as a bearer token.\n",
                status=401,
                content_type="text/plain",
                headers={"WWW-Authenticate": "Bearer"},
            )
    elif not settings.LOCAL:
        return HttpResponse("Set METRICS_TOKEN to open this page.\n", status=403, content_type="text/plain")
    return HttpResponse(_exposition(), content_type=CONTENT_TYPE_LATEST)


@never_cache
@require_safe
@login_required
def status(request: HttpRequest) -> JsonResponse:
    """The availability of the recogniser, for the dictation page before Start is pressed."""
    return JsonResponse(availability(_workers()).as_json())


PROBES: dict[str, GetResponse] = {"/healthz": live, "/readyz": ready, "/metrics": metrics}


class ProbeMiddleware:
    """Answers the probes before the host name is checked: they come from inside and use an IP address."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return PROBES.get(request.path_info, self._get_response)(request)


def _registered() -> list[WorkerState] | None:
    return None if redis_problem() else workers()


def _jobs() -> dict[str, DueJobs] | None:
    try:
        return None if database_problem() else due_jobs(timezone.now())
    finally:
        # This thread is nobody's request.
        connection.close()


_DATABASE = PatientCheck(database_problem)
_WORKERS = PatientCheck(_registered)
_JOBS = PatientCheck(_jobs)


def _outcome(check: Future[Found], until: float) -> Found | None:
    """What a check found; None if it did not in time, or a store is away."""
    try:
        return check.result(max(0, until - time.monotonic()))
    except (RedisError, DatabaseError, TimeoutError):
        return None


def _workers() -> list[WorkerState]:
    try:
        return workers()
    except RedisError:
        return []


def _exposition() -> bytes:
    """The metrics of the processes of this host, and those of all."""
    until = time.monotonic() + _PATIENCE_SECONDS
    found, jobs = _WORKERS.begin(), _JOBS.begin()
    shared = CollectorRegistry()
    shared.register(StateCollector(SharedState(_outcome(found, until), _outcome(jobs, until))))
    return generate_latest(_registry()) + generate_latest(shared)


def _registry() -> CollectorRegistry:
    """The metrics of all processes that share PROMETHEUS_MULTIPROC_DIR; without one, of this process alone."""
    directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not directory:
        return REGISTRY
    for file in Path(directory).glob("gauge_live*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            # Otherwise the sessions of a killed worker would be counted for ever.
            with suppress(FileNotFoundError):
                mark_process_dead(int(pid), directory)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, directory)
    return registry
