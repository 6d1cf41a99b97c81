"""The words and names that somebody expects to say. What may be among them is checked here, wherever it comes from."""

import unicodedata
from collections.abc import Iterable
from contextlib import suppress

from django.utils.translation import gettext, gettext_noop

from .errors import RefusedError
from .invisible import JOINERS

MOST_WORDS = 100
LONGEST_WORD = 60

# Joiners are letters' business; every other invisible character is a mistake or a trick.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Whisper's own marks, such as <|endoftext|>, are written so.
_MODEL_MARK = "<|"
_TOO_LONG = gettext_noop("%(entry)s is longer than %(most)s characters.")
# No text becomes so many times shorter where its letters are composed and its spaces are counted once.
_SHORTER = 10


class EntryError(RefusedError):
    """What is wrong with an entry of a list: a sentence in which `%(entry)s` stands for what the entry is called, since
    the entry itself is not in it, and the values of other names in it.
    """

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence, values)
        self._sentence, self._values = sentence, values

    def of(self, entry: str) -> str:
        """The whole sentence, in the current language."""
        return gettext(self._sentence) % {"entry": entry, **self._values}


def vocabulary_entry(text: str) -> str:
    """One entry of a vocabulary, a word or a phrase, as it is kept. Raises EntryError."""
    word = without_tricks(text, LONGEST_WORD, _TOO_LONG)
    if not any(c.isalnum() for c in word):
        raise EntryError(gettext_noop("%(entry)s contains neither a letter nor a digit."))
    if _MODEL_MARK in word:
        raise EntryError(
            gettext_noop(
                "%(entry)s contains %(mark)s, which the speech model uses for something else. Leave it out."
            ),
            mark=_MODEL_MARK,
        )
    return word


def entries_among(words: Iterable[str]) -> tuple[str, ...]:
    """Those of the words that a vocabulary can have, as they are kept."""
    kept = []
    for word in words:
        with suppress(EntryError):
            kept.append(vocabulary_entry(word))
    return joined(kept)


def without_tricks(text: str, most: int, too_long: str) -> str:
    """A text as it is kept: letters composed, white space as single spaces.

    Raises EntryError for what nobody sees, and with the sentence `too_long` for more than `most` characters.
    """
    # Composing the marks of one letter takes quadratic time.
    if len(text) > _SHORTER * most:
        raise EntryError(too_long, most=most)
    text = unicodedata.normalize("NFC", text).strip(" ")
    if any(unicodedata.category(c) in _INVISIBLE and c not in JOINERS for c in text):
        raise EntryError(gettext_noop("%(entry)s contains an invisible character."))
    text = " ".join(text.split())
    if len(text) > most:
        raise EntryError(too_long, most=most)
    return text


def joined(*vocabularies: Iterable[str]) -> tuple[str, ...]:
    """All of them as one, each word once, the first ones first, MOST_WORDS at most."""
    words = dict.fromkeys(word for vocabulary in vocabularies for word in vocabulary)
    return tuple(words)[:MOST_WORDS]
