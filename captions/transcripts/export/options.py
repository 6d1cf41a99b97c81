"""How a transcript is to be written; every value has a default that suits most people."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CueRules:
    """What a subtitle may be.

    Widths are columns (an East Asian wide character takes two), times milliseconds, speeds columns a second. A cue
    that is read faster than `fast` is counted as such; one that is read faster than `too_fast` is divided where it
    reads well. All numbers are positive, `shortest_ms` is at most `longest_ms`.
    """

    columns: int = 42
    lines: int = 2
    fast: int = 17
    too_fast: int = 20
    shortest_ms: int = 1_000
    longest_ms: int = 7_000


@dataclass(frozen=True, slots=True)
class Options:
    """`times` and `paragraphs` are of formats that are read as text, `cues` of subtitles, `crlf` of text files."""

    cues: CueRules = CueRules()
    times: bool = False
    paragraphs: bool = False
    crlf: bool = False


DEFAULTS = Options()
