"""When a word was said of which it is known where it stands in the text."""

from ..models import Utterance
from .tokens import spans


def start_of(utterance: Utterance, place: int) -> int:
    """When the word begins that is the `place`-th in the search vector, 1 being the first; in session time.

    The beginning of the utterance where that is not known.
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
