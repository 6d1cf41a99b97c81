"""Computes the figures of a run in the form in which they are written as JSON."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from . import timing
from .corpus import GROUPS, Recording
from .livetest.measure import percentile
from .livetest.wer import align, normalise
from .page import Snapshot
from .scoring import (
    Borders,
    Errors,
    borders,
    formatted_errors,
    pooled_borders,
    pooled_errors,
    sentences_of,
    word_errors,
)
from .whole_file import WholeText

_TEN_MINUTES_MS = 600_000
_NEIGHBOURS = 8
"""The greatest distance, in words, at which a repeated word counts as doubled."""

Text = Callable[["Heard"], str]
Rows = Callable[["Heard"], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Heard:
    """The rows of one recording, and faster-whisper's transcription of the whole file for comparison.

    `snapshots` are the states of the page while it was spoken; a file has none. `complete` is false if rows were still
    missing when the time limit was over. `later` are the rows after a second pass; empty without one.
    """

    recording: Recording
    rows: Sequence[str]
    whole: WholeText
    snapshots: Sequence[Snapshot] = ()
    complete: bool = True
    later: Sequence[str] = ()

    @property
    def text(self) -> str:
        return " ".join(self.rows)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run cost. `audio_seconds` is the sound of all streams; `decode_seconds` is None if not known.

    `rss_mb` is the peak of resident memory, `lags_ms` are samples of the event loop's lag.
    """

    audio_seconds: float
    decode_seconds: float | None
    cpu_seconds: float
    rss_mb: float
    lags_ms: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Setup:
    """What was run: `system` is "live" or the name of another program."""

    system: str
    model: str
    streams: int
    webrtc: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a run; `json` is the run as the benchmark writes it, unknown values are None.

    `unfinished` counts the recordings of which rows were missing when the time limit was over.
    """

    json: dict[str, Any]
    shown_p95_s: float | None
    longest_stable_s: float | None
    unfinished: int = 0


def figures(setup: Setup, heard: Sequence[Heard], cost: Cost) -> Figures:
    """The figures over the words of all recordings; unknown ones, such as errors without a reference, are None."""
    delays = [timing.delays(each.snapshots, each.recording.words) for each in heard]
    changes = [timing.changes(each.snapshots) for each in heard]
    stable = [delay for each in delays for delay in each.stable]
    rewritten = sum(each.rewritten for each in changes)
    sound_ms = sum(each.recording.seconds for each in heard) * 1000
    run = {
        "system": setup.system,
        "model": setup.model,
        "streams": setup.streams,
        "webrtc": setup.webrtc,
        "recordings": len(heard),
        "unfinished": [each.recording.name for each in heard if not each.complete],
        "audio_s": round(sound_ms / 1000, 1),
        "timed_words": sum(len(each.shown) for each in delays),
        "shown_s": _seconds(delay for each in delays for delay in each.shown),
        "stable_s": _seconds(stable),
        "longest_stable_s": round(max(stable) / 1000, 3) if stable else None,
        "final_s": _seconds(delay for each in delays for delay in each.saved),
        "first_word_s": _seconds(each.first for each in delays if each.first is not None),
        "pause_stable_s": _seconds(delay for each in delays for delay in each.pauses),
        "rewritten_stable": rewritten,
        "rewritten_stable_per_10_min": round(rewritten * _TEN_MINUTES_MS / sound_ms, 2) if sound_ms else None,
        "vanished_words": sum(each.vanished for each in changes),
        **faithfulness(heard),
        "second_pass": faithfulness([replace(each, rows=each.later) for each in heard])
        if any(each.later for each in heard)
        else None,
        "decode_s_per_audio_s": None
        if cost.decode_seconds is None
        else _share(cost.decode_seconds, cost.audio_seconds),
        "cpu_s_per_audio_s": _share(cost.cpu_seconds, cost.audio_seconds),
        "rss_mb": round(cost.rss_mb),
        "loop_lag_ms": {
            name: None if (lag := percentile(cost.lags_ms, share)) is None else round(lag, 1)
            for name, share in (("p50", 0.5), ("p99", 0.99))
        },
        "each": [_one(*each) for each in zip(heard, delays, changes, strict=True)],
    }
    return Figures(run, run["shown_s"]["p95"], run["longest_stable_s"], len(run["unfinished"]))


def faithfulness(heard: Sequence[Heard]) -> dict[str, Any]:
    """Word errors, formatted errors and row borders, beside those of faster-whisper on whole files.

    Words are compared with reference texts that are good enough (`judged`). Format and borders are compared with
    references that a person has punctuated; for the other recordings with faster-whisper's text (`…_against_whole`).
    """
    judged = [each for each in heard if each.recording.judged]
    formed = [each for each in judged if each.recording.formed]
    formless = [each for each in heard if not each.recording.formed]
    lost, doubled = 0, 0
    for each in judged:
        reference = normalise(each.recording.text)
        ours, whole = normalise(each.text), normalise(each.whole.text)
        lost += len(_missing(reference, ours) - _missing(reference, whole))
        doubled += max(0, _repeated(reference, ours) - _repeated(reference, whole))
    return {
        "word_errors": _by_group(judged, lambda each, text: _judge(each, text, word_errors)),
        "formatted_errors": _by_group(formed, lambda each, text: _judge(each, text, formatted_errors)),
        "row_borders": {
            name: _borders(pooled_borders(_bordered(each, rows(each)) for each in formed))
            for name, rows in _ROWS.items()
        },
        "formatted_errors_against_whole": _errors(
            pooled_errors(
                formatted_errors(each.whole.text, each.text, each.recording.language) for each in formless
            )
        ),
        "row_borders_against_whole": _borders(
            pooled_borders(borders(each.whole.text, each.rows, each.recording.language) for each in formless)
        ),
        "lost_words": lost if judged else None,
        "doubled_words": doubled if judged else None,
    }


_ROWS: dict[str, Rows] = {
    "ours": lambda each: each.rows,
    "whole_file_segments": lambda each: each.whole.segments,
    "whole_file_sentences": lambda each: sentences_of(each.whole.text, each.recording.language),
}
_TEXTS: dict[str, Text] = {"ours": lambda each: each.text, "whole_file": lambda each: each.whole.text}


def _judge(each: Heard, text: str, errors: Callable[[str, str, str], Errors]) -> Errors:
    return errors(each.recording.text, text, each.recording.language)


def _bordered(each: Heard, rows: Sequence[str]) -> Borders:
    return borders(each.recording.text, rows, each.recording.language)


def _by_group(heard: Sequence[Heard], count: Callable[[Heard, str], Errors]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for group in GROUPS:
        of_group = [each for each in heard if each.recording.group == group]
        if of_group:
            found[group] = {
                name: _errors(pooled_errors(count(each, text(each)) for each in of_group))
                for name, text in _TEXTS.items()
            }
    return found


def _one(each: Heard, late: timing.Delays, changed: timing.Changes) -> dict[str, Any]:
    """The figures of one recording, to find out where errors are."""
    recording = each.recording
    known = recording.judged
    return {
        "name": recording.name,
        "group": recording.group,
        "rows": list(each.rows),
        "word_errors": _errors(_judge(each, each.text, word_errors)) if known else None,
        "whole_file_word_errors": _errors(_judge(each, each.whole.text, word_errors)) if known else None,
        "longest_stable": [
            {"word": word, "end_ms": round(end_ms), "stable_s": round(delay_ms / 1000, 3)}
            for word, end_ms, delay_ms in late.latest
        ],
        "rewritten_stable": changed.rewritten,
        "vanished": list(changed.vanished_words),
    }


def _errors(found: Errors) -> dict[str, Any]:
    return {"errors": found.count, "words": found.total, "rate": _rounded(found.rate)}


def _borders(found: Borders) -> dict[str, Any]:
    return {
        "precision": _rounded(found.precision),
        "recall": _rounded(found.recall),
        "f1": _rounded(found.f1),
        "right": found.right,
        "found": found.found,
        "wanted": found.wanted,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _seconds(delays_ms: Iterable[float]) -> dict[str, float | None]:
    found = sorted(delays_ms)
    return {
        name: None if (delay := percentile(found, share)) is None else round(delay / 1000, 3)
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    }


def _share(seconds: float, audio_seconds: float) -> float:
    return round(seconds / audio_seconds, 4) if audio_seconds else 0.0


def _missing(reference: Sequence[str], heard: Sequence[str]) -> set[int]:
    return {said for said, at in align(reference, heard) if said is not None and at is None}


def _repeated(reference: Sequence[str], heard: Sequence[str]) -> int:
    return sum(
        at is not None
        and said is None
        and heard[at] in (*heard[max(0, at - _NEIGHBOURS) : at], *heard[at + 1 : at + 1 + _NEIGHBOURS])
        for said, at in align(reference, heard)
    )
