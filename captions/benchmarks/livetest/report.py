"""The report of a live test, as plain data for JSON and as a table."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .client import Recording
from .events import Event
from .measure import Measures, Spread, measure
from .reference import Reference

_STEPS = ("ready", "offered", "answered", "live")
# Fields of messages with addresses or credentials, which do not belong in a report.
_PRIVATE = ("sdp", "ice_servers")


@dataclass(frozen=True, slots=True)
class StreamReport:
    """The report of one stream; `setup_ms` is the time from the request for the session to each step."""

    file: Path
    session: str
    audio_ms: int
    error: str | None
    setup_ms: dict[str, int]
    events: tuple[Event, ...]
    measures: Measures
    road: str = "webrtc"

    @property
    def ok(self) -> bool:
        return self.error is None and self.measures.finals.ok and not self.measures.stable_broken

    def as_json(self) -> dict[str, Any]:
        found = self.measures
        return {
            "file": str(self.file),
            "session": self.session,
            "road": self.road,
            "ok": self.ok,
            "error": self.error,
            "audio_ms": self.audio_ms,
            "setup_ms": self.setup_ms,
            "text": found.text,
            "wer": found.wer and {**asdict(found.wer), "rate": round(found.wer.rate, 4)},
            "latency_ms": {
                "word_to_shown": asdict(found.shown),
                "word_to_stable": asdict(found.stable),
                "speech_to_final": asdict(found.final),
            },
            "finals": asdict(found.finals),
            "stable_broken": found.stable_broken,
            "corrected": found.corrected,
            "events": [
                {"at_ms": round(event.at_ms), **{k: v for k, v in event.message.items() if k not in _PRIVATE}}
                for event in self.events
            ],
        }


def report(
    file: Path,
    session: str,
    audio_ms: int,
    recording: Recording,
    reference: Reference | None,
    *,
    road: str = "webrtc",
) -> StreamReport:
    zero = recording.speech_began or recording.began
    events = tuple(Event((at - zero) * 1000, message) for at, message in recording.messages)
    return StreamReport(
        file=file,
        session=session,
        audio_ms=audio_ms,
        error=recording.error,
        setup_ms={
            step: round((recording.marks[step] - recording.began) * 1000)
            for step in _STEPS
            if step in recording.marks
        },
        events=events,
        # A stream that was never connected has no error rate.
        road=road,
        measures=measure(events, recording.replayed, reference if "live" in recording.marks else None),
    )


def table(reports: Sequence[StreamReport]) -> str:
    """A table of all streams, and a sentence for each problem."""
    head = ("", "file", "road", "set-up", "finals", "WER", "shown p50/p95", "stable p50/p95", "final p50/p95")
    rows = [head, *(_row(number, stream) for number, stream in enumerate(reports, 1))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    lines += [
        "",
        "Delays in ms: from a word's end until it is shown, until it is stable; from the end of speech to the",
    ]
    lines += ["final. Without a reference, the last counts from the times that the server gave the words."]
    problems = [line for number, stream in enumerate(reports, 1) for line in _problems(number, stream)]
    return "\n".join(lines + (["", *problems] if problems else []))


def _row(number: int, stream: StreamReport) -> tuple[str, ...]:
    found = stream.measures
    setup = stream.setup_ms.get("live")
    return (
        str(number),
        stream.file.name,
        stream.road,
        "–" if setup is None else f"{setup} ms",
        str(found.finals.received),
        "–" if found.wer is None else f"{found.wer.rate:.1%} ({found.wer.errors}/{found.wer.words})",
        _delays(found.shown),
        _delays(found.stable),
        _delays(found.final),
    )


def _delays(delays: Spread) -> str:
    return "–" if delays.p50 is None or delays.p95 is None else f"{delays.p50:.0f}/{delays.p95:.0f}"


def _problems(number: int, stream: StreamReport) -> Iterable[str]:
    finals = stream.measures.finals
    if stream.error:
        yield f"Stream {number}: {stream.error}"
    for what, which in (
        ("missing", finals.missing),
        ("doubled", finals.doubled),
        ("changed", finals.changed),
    ):
        if which:
            yield f"Stream {number}: finals {what}: {', '.join(map(str, which))}."
    if stream.measures.stable_broken:
        yield f"Stream {number}: {stream.measures.stable_broken} stable words changed."
