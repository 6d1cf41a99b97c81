"""Takes capitals and punctuation from another decode of the same sound, and leaves the words themselves."""

from collections.abc import Sequence
from dataclasses import replace

from ..core.matching import BoundedMatcher
from .alignment import normalised
from .coverage import UNCLEAR
from .sentences import ends_sentence, written_before
from .types import Word


def formatted(words: Sequence[Word], decoded: Sequence[Word]) -> tuple[Word, ...]:
    """The words, those that `decoded` has too written as there; the first begins with a capital letter."""
    texts, others = ([normalised(word.text) for word in each] for each in (words, decoded))
    result = list(words)
    for block in BoundedMatcher(texts, others).get_matching_blocks():
        for offset in range(block.size):
            word, text = words[block.a + offset], decoded[block.b + offset].text
            if offset == 0 and block.a and word.text == word.text.lower():
                # The word before has no counterpart, so its punctuation is kept and decides on the capital.
                text = text if ends_sentence(words[block.a - 1].text) else text.lower()
            result[block.a + offset] = replace(word, text=text)
    # The two end with different words, so the punctuation of the last one cannot be taken.
    if texts[-1:] != others[-1:] and words:
        result[-1] = words[-1]
    # A full stop may have been taken from a text with other words after it.
    for index, following in enumerate(result[1:]):
        word = result[index]
        result[index] = replace(word, text=written_before(word.text, following.text))
    if result:
        result[0] = replace(result[0], text=capitalised(result[0].text))
    return tuple(result)


def capitalised(text: str) -> str:
    """A word with a capital first letter; one that has capitals already, and `[unclear]`, stay as they are."""
    if text != text.lower() or text.strip() == UNCLEAR:
        return text
    at = next((index for index, character in enumerate(text) if character.isalnum()), len(text))
    return text[:at] + text[at : at + 1].upper() + text[at + 1 :]
