"""The preview of an export: the beginning of the file, and how many cues the whole file has."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, islice

from ...core.characters import cut
from . import FORMATS, Options, Transcript
from .cues import Cue, cues

_CUES = 30
_CHARACTERS = 3_000


@dataclass(frozen=True, slots=True)
class Preview:
    """The beginning of a file; `text` is the whole file if `is_whole`.

    For subtitle formats, `cues` is the number of cues in the whole file and `fast` how many of them are read faster
    than `CueRules.fast`; both are None for other formats.
    """

    text: str
    is_whole: bool
    cues: int | None = None
    fast: int | None = None


def preview(name: str, transcript: Transcript, options: Options) -> Preview:
    """The preview of a file in the format `name`, a key of FORMATS; a subtitle format reads the whole transcript."""
    of_cues = FORMATS[name].of_cues
    if of_cues is None:
        return _beginning(FORMATS[name].render(transcript, options))
    found = cues(transcript.passages, options.cues, transcript.speakers)
    shown = list(islice(found, _CUES))
    count = fast = 0
    for cue in chain[Cue](shown, found):
        count += 1
        fast += cue.is_faster_than(options.cues.fast)
    return Preview("".join(of_cues(shown, transcript.language)), count == len(shown), count, fast)


def _beginning(pieces: Iterable[str]) -> Preview:
    text = ""
    for piece in pieces:
        text += piece
        if len(text) > _CHARACTERS:
            return Preview(cut(text, _CHARACTERS), is_whole=False)
    return Preview(text, is_whole=True)
