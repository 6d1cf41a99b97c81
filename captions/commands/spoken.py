"""What a sentence commands, and what it is to be written as."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.marks import Place, composed, glues_of
from ..speech.types import Word, join
from .inline import Reading, leading
from .tables import Action, phrase_of, table_of

LEAST_PROBABILITY = 0.6
"""Of each word of a command that does more than write. What was misheard should take nothing back and end nothing."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is to be made of a sentence.

    `text` is written in its place, which may be nothing; `before` are marks that belong behind what was said before.
    With an `action` nothing is written.
    """

    text: str
    before: str = ""
    action: Action | None = None


def commands(
    words: Sequence[Word], language: str, *, follows: bool = True, acts: bool = True
) -> Spoken | None:
    """What the words of a sentence command in a language, by its code; None if it is to be written as heard.

    `follows` says whether there is a sentence before, to which marks at the beginning belong; without one they are
    words. Without `acts`, only what is written is looked for.
    """
    table = table_of(language)
    text = join(list(words))
    if table is None or not text:
        return None
    phrase = phrase_of(text)
    action = table.whole.get(phrase) if acts else None
    if (action or phrase in table.alone) and is_sure(words):
        return Spoken("" if action else table.alone[phrase], action=action)
    places = Reading(text, table).places()
    if not places:
        return None
    first = leading(places, text)
    if first and not follows:
        places = places[len(first) :]
        return Spoken(composed(text, places, table.small)) if places else None
    before = "".join(place.put for place in first)
    written = composed(text, places, table.small)
    # They stand at the beginning, where nothing is before them.
    return Spoken(written.removeprefix(before).lstrip(" "), before) if before else Spoken(written)


def is_sure(words: Sequence[Word]) -> bool:
    """Whether the model is sure of each of the words, of which there is one at least."""
    return min(word.probability for word in words if word.text.strip()) >= LEAST_PROBABILITY


def added(text: str, before: str) -> str:
    """What was said before, with the marks behind it that a sentence begins with."""
    end = len(text)
    glues = [each for mark in before for each in glues_of(mark) or [(mark, "apart")]]
    return composed(text, [Place(end, end, put, glue) for put, glue in glues])
