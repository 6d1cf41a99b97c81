"""The beginning of a file, and what can be said of all of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, islice

from . import FORMATS, Options, Transcript
from .cues import Cue, cues

_CUES = 30
_CHARACTERS = 3_000


@dataclass(frozen=True, slots=True)
class Preview:
    """`text` is how the file begins, all of it if `is_whole`.

    `cues` and `fast` count the subtitles of the file and those of them that are read faster than the options say;
    None in other formats.
    """

    text: str
    is_whole: bool
    cues: int | None = None
    fast: int | None = None


def preview(name: str, transcript: Transcript, options: Options) -> Preview:
    """Of a file of the format `name`; reads all of the transcript if there are cues to be counted."""
    of_cues = FORMATS[name].of_cues
    if of_cues is None:
        return _beginning(FORMATS[name].render(transcript, options))
    found = cues(transcript.passages, options.cues)
    shown = list(islice(found, _CUES))
    count = fast = 0
    for cue in chain[Cue](shown, found):
        count += 1
        fast += cue.is_faster_than(options.cues.fast)
    return Preview("".join(of_cues(shown)), count == len(shown), count, fast)


def _beginning(pieces: Iterable[str]) -> Preview:
    text = ""
    for piece in pieces:
        text += piece
        if len(text) > _CHARACTERS:
            return Preview(text[:_CHARACTERS], is_whole=False)
    return Preview(text, is_whole=True)
