"""How long a file will take, from how long others took. The pace of this installation is kept in Valkey."""

from django.conf import settings
from django.db.models import F, Sum

from ...core.valkey import valkey
from ...models import FileRequest, Upload

_PACE = "whisperstream:file-pace"
_KEPT_SECONDS = 30 * 24 * 3600
# Seconds of work for one of sound, before anything was measured: the base model on two cores takes less.
_UNMEASURED = 0.25
# How much the last file counts.
_WEIGHT = 0.3
# A worker starts a process and loads a model first.
_LOADING_SECONDS = 10.0


def predicted_seconds(seconds: float) -> float:
    """How long a file of that many seconds will take from now on, behind those that wait. Raises redis.RedisError."""
    workers = max(1, settings.FILES_CONCURRENCY)
    return _LOADING_SECONDS + (seconds + _ahead_seconds() / workers) * _pace()


def measured(seconds: float, taken: float) -> None:
    """Notes that a file of that many seconds was transcribed in `taken` seconds. Raises redis.RedisError."""
    if seconds > 0:
        pace = max(0.0, taken - _LOADING_SECONDS) / seconds
        before = _pace()
        valkey().set(_key(), before + _WEIGHT * (pace - before), ex=_KEPT_SECONDS)


def _ahead_seconds() -> float:
    """The sound of the files that wait or are being transcribed, as far as their lengths are known."""
    left = Sum(F("duration_ms") - F("heard_ms"))
    waiting = [rows.pending().aggregate(left=left)["left"] for rows in (FileRequest.objects, Upload.objects)]
    return sum(max(0, each or 0) for each in waiting) / 1000


def _pace() -> float:
    found = valkey().get(_key())
    return float(found) if found else _UNMEASURED


def _key() -> str:
    return f"{_PACE}:{settings.WHISPER_MODEL}"
