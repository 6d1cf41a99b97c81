"""SubRip. The format has no escaping, so text that a player would take for mark-up is altered invisibly."""

import re
from collections.abc import Iterable, Iterator

from .cues import Cue
from .times import timestamp

_WORD_JOINER = "\u2060"
# Mark-up is: tags such as `<b>` and `</b>`; backslash sequences such as `\N`; arrows; times such as 00:00:01,000; and a
# last line of digits alone, which a player would take for the number of the next subtitle.
_OBEYED = re.compile(r"<(?=[\s/!?]*[^\W\d_])|\\|--(?=>)|(?<=\d):(?=\d+:\d+[,.]\d)|\n(?=\d+\Z)")
# Players hide everything between braces, even with a joiner in it, so braces are replaced by full-width ones.
_BRACES = str.maketrans("{}", "｛｝")


def render(cues: Iterable[Cue]) -> Iterator[str]:
    for number, cue in enumerate(cues, 1):
        times = f"{timestamp(cue.start_ms, ',')} --> {timestamp(cue.end_ms, ',')}"
        text = _harmless("\n".join(cue.lines))
        yield f"{number}\n{times}\n{text}\n\n"


def _harmless(text: str) -> str:
    """The text with an invisible word joiner inside everything that a player would take for mark-up."""
    return _OBEYED.sub(lambda match: match.group() + _WORD_JOINER, text).translate(_BRACES)
