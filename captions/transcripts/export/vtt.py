"""WebVTT."""

from collections.abc import Iterator

from .cues import cues
from .times import timestamp
from .transcript import Transcript

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def render(transcript: Transcript) -> Iterator[str]:
    yield "WEBVTT\n"
    for cue in cues(transcript.passages):
        times = f"{timestamp(cue.start_ms, '.')} --> {timestamp(cue.end_ms, '.')}"
        text = "\n".join(cue.lines).translate(_ESCAPES)
        yield f"\n{times}\n{text}\n"
