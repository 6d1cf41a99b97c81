"""Who speaks when: what the engine finds in recordings, scored against a reference by pyannote.metrics.

A recording is `NAME.flac` beside `NAME.rttm`, in the format of NIST: `SPEAKER NAME 1 START LENGTH <NA> <NA> VOICE …`,
in seconds. The diarization error rate is the time that is missed, wrongly heard or given to another voice, by the time
that is spoken. Overlapping speech counts. `collar` is the time around each border that is not scored, in seconds.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..asr.speakers.engine import SpeakerEngine
from ..speech.ring import Samples
from ..speech.turns import Turn
from ..speech.types import SAMPLE_RATE
from .corpus import read_sound
from .errors import BenchError

COLLARS = (0.0, 0.5)
_SOUNDS = (".flac", ".wav")


@dataclass(frozen=True, slots=True, eq=False)
class Talk:
    """A recording and its reference."""

    name: str
    sound: Samples
    turns: tuple[tuple[float, float, str], ...]

    @property
    def seconds(self) -> float:
        return self.sound.size / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Score:
    """Seconds of speech, and how many of them are missed, false and of another voice; voices found and there.

    `took` are the processor seconds, of all threads.
    """

    name: str
    seconds: float
    spoken: float
    missed: float
    false: float
    confused: float
    voices: tuple[int, int]
    took: float

    @property
    def rate(self) -> float:
        return (self.missed + self.false + self.confused) / self.spoken if self.spoken else 0.0


def check_installed() -> None:
    """Raises BenchError."""
    if find_spec("pyannote") is None or find_spec("pyannote.metrics") is None:
        raise BenchError("Scoring needs pyannote.metrics: pip install pyannote-metrics==4.2.0")


def load_talks(folder: Path, names: Sequence[str] = ()) -> list[Talk]:
    """The recordings of a folder that have a reference, in the order of their names. Raises BenchError."""
    found = [
        path
        for path in sorted(folder.glob("*"))
        if path.suffix in _SOUNDS
        and path.with_suffix(".rttm").exists()
        and (not names or any(path.match(each) or path.stem == each for each in names))
    ]
    if not found:
        raise BenchError(f"{folder} has no recording with an .rttm beside it.")
    return [Talk(path.stem, read_sound(path), _reference(path.with_suffix(".rttm"))) for path in found]


def measure(engine: SpeakerEngine, talks: Sequence[Talk], collar: float) -> list[Score]:
    return [_score(talk, engine, collar) for talk in talks]


def total(scores: Sequence[Score]) -> Score:
    def summed(name: str) -> float:
        return float(sum(getattr(each, name) for each in scores))

    return Score(
        "all",
        summed("seconds"),
        summed("spoken"),
        summed("missed"),
        summed("false"),
        summed("confused"),
        (sum(each.voices[0] for each in scores), sum(each.voices[1] for each in scores)),
        summed("took"),
    )


def lines(scores: Sequence[Score], collar: float) -> list[str]:
    """A table in Markdown."""
    head = [
        f"| collar {collar:g} s | error rate | missed | false | confused | voices, of | processor seconds, of |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    return head + [
        f"| {each.name} | {each.rate:.1%} | {each.missed / each.spoken:.1%} | {each.false / each.spoken:.1%}"
        f" | {each.confused / each.spoken:.1%} | {each.voices[0]}, {each.voices[1]}"
        f" | {each.took:.1f}, {each.seconds:.1f} |"
        for each in (*scores, total(scores))
    ]


def _score(talk: Talk, engine: SpeakerEngine, collar: float) -> Score:
    from pyannote.core import Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate

    began = time.process_time()
    turns = engine.turns(talk.sound, lambda: None)
    took = time.process_time() - began
    metric = DiarizationErrorRate(collar=collar)
    heard = _annotation((each.start_ms / 1000, each.end_ms / 1000, str(each.speaker)) for each in turns)
    parts = metric(_annotation(talk.turns), heard, uem=Timeline([Segment(0, talk.seconds)]), detailed=True)
    return Score(
        talk.name,
        talk.seconds,
        float(parts["total"]),
        float(parts["missed detection"]),
        float(parts["false alarm"]),
        float(parts["confusion"]),
        (_voices(turns), len({voice for _, _, voice in talk.turns})),
        took,
    )


def _voices(turns: Sequence[Turn]) -> int:
    return len({each.speaker for each in turns})


def _annotation(turns: Any) -> Any:
    from pyannote.core import Annotation, Segment

    found = Annotation()
    for number, (start, end, voice) in enumerate(turns):
        found[Segment(start, end), number] = voice
    return found


def _reference(path: Path) -> tuple[tuple[float, float, str], ...]:
    turns = []
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("SPEAKER"):
            try:
                _, _, _, start, length, _, _, voice, *_ = line.split()
                turns.append((float(start), float(start) + float(length), voice))
            except ValueError as error:
                raise BenchError(f"{path} is not RTTM: {line[:60]!r}") from error
    return tuple(turns)
