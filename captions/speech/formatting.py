"""How a sentence is written: capitals and punctuation, without another word."""

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from .alignment import normalised
from .coverage import UNCLEAR
from .sentences import ends_sentence, written_before
from .types import Word


def formatted(words: Sequence[Word], decoded: Sequence[Word]) -> tuple[Word, ...]:
    """The words as `heard` writes them, where it says the same; the others as they are."""
    texts, others = ([normalised(word.text) for word in each] for each in (words, decoded))
    result = list(words)
    for block in SequenceMatcher(None, texts, others, autojunk=False).get_matching_blocks():
        for offset in range(block.size):
            word, text = words[block.a + offset], decoded[block.b + offset].text
            if offset == 0 and block.a and word.text == word.text.lower():
                # The mark before it was not taken, for it stands behind another word.
                text = text if ends_sentence(words[block.a - 1].text) else text.lower()
            result[block.a + offset] = replace(word, text=text)
    # A text that says something else around a word writes that word in another sentence.
    if texts[-1:] != others[-1:] and words:
        result[-1] = words[-1]
    # The mark was taken from a text that goes on otherwise.
    for index, following in enumerate(result[1:]):
        word = result[index]
        result[index] = replace(word, text=written_before(word.text, following.text))
    if result:
        result[0] = replace(result[0], text=capitalised(result[0].text))
    return tuple(result)


def capitalised(text: str) -> str:
    """A word that begins a sentence; as it is where it has capitals of its own, or stands for what is unclear."""
    if text != text.lower() or text.strip() == UNCLEAR:
        return text
    at = next((index for index, character in enumerate(text) if character.isalnum()), len(text))
    return text[:at] + text[at : at + 1].upper() + text[at + 1 :]
