"""The time of a word, by its position in the text."""

from ..models import Utterance
from .tokens import spans


def start_of(utterance: Utterance, place: int) -> int:
    """The session time at which the word at position `place` of the search vector (1 is the first) begins.

    The start of the utterance if there is no such word or its time is not known.
    """
    found = spans(utterance.text)
    if not 1 <= place <= len(found):
        return utterance.start_ms
    letters = len("".join(utterance.text[: found[place - 1][0]].split()))
    for word in utterance.words:
        letters -= len("".join(word["text"].split()))
        if letters < 0:
            return max(utterance.start_ms, int(word["start_ms"]))
    return utterance.start_ms
