"""WebVTT. Players find the direction of each line themselves."""

import re
from collections.abc import Iterable, Iterator

from ...core.languages import language_tag
from .cues import Cue
from .times import timestamp

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# These sequences mean nothing in WebVTT, but FFmpeg obeys them when it converts the file to another format. An
# invisible word joiner after the backslash prevents that.
_OBEYED = re.compile(r"\\(?=[Nnh])")
_TAKEN_APART = "\\\\\u2060"


def render(cues: Iterable[Cue], language: str = "") -> Iterator[str]:
    """Yields the file; cues in another language than `language`, the file's, are marked with theirs."""
    yield "WEBVTT\n"
    for cue in cues:
        times = f"{timestamp(cue.start_ms, '.')} --> {timestamp(cue.end_ms, '.')}"
        text = _OBEYED.sub(_TAKEN_APART, "\n".join(cue.lines)).translate(_ESCAPES)
        if cue.language not in ("", language):
            text = f"<lang {language_tag(cue.language)}>{text}</lang>"
        if cue.speaker:
            text = f"<v {_name(cue.speaker)}>{text}"
        yield f"\n{times}\n{text}\n"


def _name(speaker: str) -> str:
    """The name as an annotation, which may not contain a line end or ">"."""
    return " ".join(speaker.translate(_ESCAPES).split())
