"""SubRip. The format has no escaping, so text that a player would take for mark-up is altered invisibly.

Neither can it say in which direction a line is read, and players assume from left to right; so a line that reads from
the right is embedded in the marks of that direction.
"""

import re
from collections.abc import Iterable, Iterator

from .cues import Cue
from .direction import reads_from_the_right
from .times import timestamp

_WORD_JOINER = "\u2060"
_FROM_THE_RIGHT, _END = "\u202b", "\u202c"
# Mark-up is: tags such as `<b>` and `</b>`; backslash sequences such as `\N`; arrows; times such as 00:00:01,000; and a
# last line of digits alone, which a player would take for the number of the next subtitle.
_OBEYED = re.compile(r"<(?=[\s/!?]*[^\W\d_])|\\|--(?=>)|(?<=\d):(?=\d+:\d+[,.]\d)|\n(?=\d+\Z)")
# Players hide everything between braces, even with a joiner in it, so braces are replaced by full-width ones.
_BRACES = str.maketrans("{}", "｛｝")


def render(cues: Iterable[Cue]) -> Iterator[str]:
    speaker = ""
    for number, cue in enumerate(cues, 1):
        times = f"{timestamp(cue.start_ms, ',')} --> {timestamp(cue.end_ms, ',')}"
        lines = _named(cue) if cue.speaker != speaker else cue.lines
        speaker = cue.speaker
        text = "\n".join(map(_directed, _harmless("\n".join(lines)).split("\n")))
        yield f"{number}\n{times}\n{text}\n\n"


def _named(cue: Cue) -> tuple[str, ...]:
    """The lines of a cue after the name of who says it, in a line of its own where there is room for another one."""
    if len(cue.lines) == 1:
        return (f"{cue.speaker}:", *cue.lines)
    return (f"{cue.speaker}: {cue.lines[0]}", *cue.lines[1:])


def _directed(line: str) -> str:
    return f"{_FROM_THE_RIGHT}{line}{_END}" if reads_from_the_right(line) else line


def _harmless(text: str) -> str:
    """The text with an invisible word joiner inside everything that a player would take for mark-up."""
    return _OBEYED.sub(lambda match: match.group() + _WORD_JOINER, text).translate(_BRACES)
