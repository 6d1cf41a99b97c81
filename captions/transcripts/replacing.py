"""Applies a user's replacements to a recognised sentence before it is saved."""

from collections.abc import Sequence

from ..core.characters import bare
from ..core.marks import Place, composed, glues_of
from ..core.replacements import Replacement
from .changes import LONGEST_TEXT, State
from .realign import in_text, realigned
from .wording import Wording


def as_set(heard: State, replacements: Sequence[Replacement]) -> State | None:
    """The utterance with the replacements made and its words realigned; None if nothing changes."""
    text = in_text(written(heard.text, replacements))
    if text == in_text(heard.text) or len(text) > LONGEST_TEXT:
        return None
    words = realigned(text, heard.spoken(), heard.start_ms, heard.end_ms)
    return heard.with_words(words, text=text, corrected=True)


def written(text: str, replacements: Sequence[Replacement]) -> str:
    """The text with all replacements made at once: none applies to the result of another.

    They match, and adapt their case, as `Wording` does. Where several match at the same place, the longest one is
    used, and of several equally long ones the first. Marks and line breaks stand as people write them.
    """
    found = sorted(
        (start, -end, number, entry.written if entry.is_snippet else put)
        for number, entry in enumerate(replacements)
        for start, end, put in Wording(entry.heard, entry.written).found(text)
    )
    # Of a snippet that was all that was said, the mark behind it is none.
    for start, negative_end, number, put in found:
        if replacements[number].is_snippet and not bare(text[:start] + text[-negative_end:]):
            return put
    places: list[Place] = []
    done = 0
    for start, negative_end, _, put in found:
        if start >= done:
            done = -negative_end
            places += _places(start, done, put)
    return composed(text, places) if places else text


def _places(start: int, end: int, put: str) -> list[Place]:
    glues = glues_of(put)
    if not glues:
        return [Place(start, end, put)]
    return [Place(end if number else start, end, piece, glue) for number, (piece, glue) in enumerate(glues)]
