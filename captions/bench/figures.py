"""What a run amounts to, in the shape in which it is written down. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..livetest.measure import Event, delays, finals_in_time, percentile, text_of
from ..livetest.reference import Reference
from ..livetest.wer import normalise, wer
from . import words


@dataclass(frozen=True, slots=True)
class Spoken:
    """One stream: what came back, what should have, and what the same model says offline."""

    events: Sequence[Event]
    reference: Reference | None
    offline: str


@dataclass(frozen=True, slots=True)
class Cost:
    """`audio_seconds` is the sound of all streams together."""

    audio_seconds: float
    decode_seconds: dict[str, float]
    cpu_seconds: float
    rss_mb: float
    lags_ms: Sequence[float]


@dataclass(frozen=True, slots=True)
class Setup:
    policy: str
    model: str
    streams: int
    webrtc: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """`json` is the run as the benchmark writes it; `longest_final_s` is None where there was no final."""

    json: dict[str, Any]
    longest_final_s: float | None

    @property
    def shown_p95(self) -> float | None:
        found: float | None = self.json["shown_s"]["p95"]
        return found


def figures(setup: Setup, streams: Sequence[Spoken], cost: Cost) -> Figures:
    """Pools the words of all streams; what cannot be known, such as an error rate without reference, is None."""
    found = [delays(stream.events, stream.reference) for stream in streams]
    finals = [delay for each in found for delay in each.final]
    judged = [
        (normalise(stream.reference.text), normalise(stream.offline), normalise(_text(stream)))
        for stream in streams
        if stream.reference
    ]
    run = {
        "policy": setup.policy,
        "model": setup.model,
        "streams": setup.streams,
        "webrtc": setup.webrtc,
        "shown_s": _seconds(delay for each in found for delay in each.shown),
        "stable_s": _seconds(delay for each in found for delay in each.stable),
        "final_s": _seconds(finals),
        "wer_live": _error_rate((said, live) for said, _, live in judged),
        "wer_offline": _error_rate((said, offline) for said, offline, _ in judged),
        "rewritten_stable": sum(words.rewritten(stream.events) for stream in streams),
        "corrected_stable": sum(words.corrected(stream.events) for stream in streams),
        "lost_words": sum(words.lost(*each) for each in judged) if judged else None,
        "doubled_words": sum(words.doubled(*each) for each in judged) if judged else None,
        "decode_s_per_audio_s": {
            kind: _share(cost.decode_seconds.get(kind, 0.0), cost.audio_seconds)
            for kind in ("partial", "final")
        },
        "cpu_s_per_audio_s": _share(cost.cpu_seconds, cost.audio_seconds),
        "rss_mb": round(cost.rss_mb),
        "loop_lag_ms": {
            name: None if (lag := percentile(cost.lags_ms, share)) is None else round(lag, 1)
            for name, share in (("p50", 0.5), ("p99", 0.99))
        },
    }
    return Figures(run, max(finals) / 1000 if finals else None)


def _text(stream: Spoken) -> str:
    return text_of(finals_in_time(stream.events))


def _seconds(delays_ms: Iterable[float]) -> dict[str, float | None]:
    found = sorted(delays_ms)
    return {
        name: None if (delay := percentile(found, share)) is None else round(delay / 1000, 3)
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    }


def _error_rate(pairs: Iterable[tuple[list[str], list[str]]]) -> float | None:
    results = [wer(said, " ".join(heard)) for said, heard in pairs]
    total = sum(result.words for result in results)
    return round(sum(result.errors for result in results) / total, 4) if total else None


def _share(seconds: float, audio_seconds: float) -> float:
    return round(seconds / audio_seconds, 4) if audio_seconds else 0.0
