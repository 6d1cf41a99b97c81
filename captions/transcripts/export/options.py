"""The options of an export."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CueRules:
    """The size, duration and reading speed of subtitles; all numbers are positive.

    A column is the width of one character; an East Asian wide character takes two.
    """

    columns: int = 42
    """The most columns in a line. A smaller value gives shorter lines and more cues."""
    lines: int = 2
    """The most lines in a cue. A larger value gives fewer, fuller cues."""
    fast: int = 17
    """The comfortable reading speed, in columns per second. A cue stays long enough for it where there is time; a
    smaller value keeps cues on screen longer, and counts more of them as fast in the preview."""
    too_fast: int = 20
    """The reading speed, in columns per second, above which a cue is divided if there is a good place; at least `fast`.
    A smaller value gives more and shorter cues."""
    shortest_ms: int = 1_000
    """Cues shorter than this are avoided; at most `longest_ms`. A larger value gives fewer very brief cues."""
    longest_ms: int = 7_000
    """The longest time that a cue is shown. A larger value gives fewer, longer cues."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a transcript is written; `Format.uses` says which of these fields affect a format."""

    cues: CueRules = CueRules()
    """The rules for the cues of subtitle formats."""
    times: bool = False
    """Whether a text or document gives the start time of each utterance or paragraph."""
    paragraphs: bool = False
    """Whether plain text joins utterances into paragraphs; otherwise each is a line of its own."""
    crlf: bool = False
    """Whether lines end with CR LF instead of LF."""


DEFAULTS = Options()
