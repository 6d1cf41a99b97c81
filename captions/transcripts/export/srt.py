"""SubRip. The format has no escaping, so what a player would obey is made harmless instead."""

import re
from collections.abc import Iterable, Iterator

from .cues import Cue
from .times import timestamp

_WORD_JOINER = "\u2060"
# `<b>`, `</b>` and the like; a backslash sequence such as `\N`; an arrow; a time such as 00:00:01,000. A last line of
# digits alone would be taken for the number of the next subtitle.
_OBEYED = re.compile(r"<(?=[\s/!?]*[^\W\d_])|\\|--(?=>)|(?<=\d):(?=\d+:\d+[,.]\d)|\n(?=\d+\Z)")
# Players hide what stands between braces, whatever it is, so here only another character helps.
_BRACES = str.maketrans("{}", "｛｝")


def render(cues: Iterable[Cue]) -> Iterator[str]:
    for number, cue in enumerate(cues, 1):
        times = f"{timestamp(cue.start_ms, ',')} --> {timestamp(cue.end_ms, ',')}"
        text = _harmless("\n".join(cue.lines))
        yield f"{number}\n{times}\n{text}\n\n"


def _harmless(text: str) -> str:
    """Reads the same, but no player finds mark-up in it: an invisible joiner takes its beginning apart."""
    return _OBEYED.sub(lambda match: match.group() + _WORD_JOINER, text).translate(_BRACES)
