"""SubRip. The format has no escaping, so what a player would obey is made harmless instead."""

import re
from collections.abc import Iterator

from .cues import cues
from .times import timestamp
from .transcript import Transcript

_WORD_JOINER = "\u2060"
# `<b>`, `</b>` and the like; a backslash sequence such as `\N`; an arrow; a time such as 00:00:01,000.
_OBEYED = re.compile(r"<(?=[\s/!?]*[^\W\d_])|\\|--(?=>)|(?<=\d):(?=\d+:\d+[,.]\d)")
# Players hide what stands between braces, whatever it is, so here only another character helps.
_BRACES = str.maketrans("{}", "｛｝")


def render(transcript: Transcript) -> Iterator[str]:
    for number, cue in enumerate(cues(transcript.passages), 1):
        times = f"{timestamp(cue.start_ms, ',')} --> {timestamp(cue.end_ms, ',')}"
        text = _harmless("\n".join(cue.lines))
        yield f"{number}\n{times}\n{text}\n\n"


def _harmless(text: str) -> str:
    """Reads the same, but no player finds mark-up in it: an invisible joiner takes its beginning apart."""
    return _OBEYED.sub(lambda match: match.group() + _WORD_JOINER, text).translate(_BRACES)
