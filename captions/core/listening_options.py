"""How a dictation is listened to: the words to expect, and where sentences begin and end. What may be asked for is
checked here, wherever it comes from.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any

from django.utils.translation import gettext, gettext_lazy, gettext_noop
from msgspec import Meta

from ..speech.endpointing import EndpointSettings

MOST_WORDS = 100
LONGEST_WORD = 60
LEAST_THRESHOLD, MOST_THRESHOLD = 0.05, 0.95
SENSITIVITIES = {0.3: gettext_lazy("High, for quiet voices"), 0.7: gettext_lazy("Low, for noisy rooms")}
"""Thresholds that can be chosen by their name."""
MOST_PREFIX_MS = 2_000
# Silence shorter than that is no more than the gap between two words.
LEAST_SILENCE_MS, MOST_SILENCE_MS = 200, 5_000
# In seconds.
LEAST_SILENCE, MOST_SILENCE = LEAST_SILENCE_MS / 1000, MOST_SILENCE_MS // 1000

# Joiners are letters' business in Persian and Hindi; every other invisible character is a mistake or a trick.
_JOINERS = "\u200c\u200d"
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Whisper's own marks, such as <|endoftext|>, are written so.
_MODEL_MARK = "<|"


class EntryError(ValueError):
    """What is wrong with an entry of a list: a sentence in which `%(entry)s` stands for what the entry is called, since
    the entry itself is not in it, and the values of other names in it.
    """

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence, values)
        self._sentence, self._values = sentence, values

    def of(self, entry: str) -> str:
        """The whole sentence, in the current language."""
        return gettext(self._sentence) % {"entry": entry, **self._values}


@dataclass(frozen=True, slots=True)
class Endpointing:
    """What somebody wants to be other than it is set; None leaves it so. `EndpointSettings` says what each means."""

    threshold: Annotated[float, Meta(ge=LEAST_THRESHOLD, le=MOST_THRESHOLD)] | None = None
    prefix_ms: Annotated[int, Meta(ge=0, le=MOST_PREFIX_MS)] | None = None
    silence_ms: Annotated[int, Meta(ge=LEAST_SILENCE_MS, le=MOST_SILENCE_MS)] | None = None

    def merge(self, other: "Endpointing") -> "Endpointing":
        """This, and `other` where this says nothing."""
        return replace(other, **self._said())

    def apply(self, settings: EndpointSettings) -> EndpointSettings:
        """The settings with this in place of theirs."""
        return replace(settings, **self._said())

    def _said(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}


def word_to_expect(text: str) -> str:
    """One entry of a vocabulary, a word or a phrase, as it is kept. Raises EntryError."""
    word = without_tricks(text)
    if len(word) > LONGEST_WORD:
        raise EntryError(gettext_noop("%(entry)s is longer than %(most)s characters."), most=LONGEST_WORD)
    if not any(c.isalnum() for c in word):
        raise EntryError(gettext_noop("%(entry)s has neither a letter nor a digit."))
    if _MODEL_MARK in word:
        raise EntryError(
            gettext_noop("%(entry)s has %(mark)s in it, which means something else to the model."),
            mark=_MODEL_MARK,
        )
    return word


def without_tricks(text: str) -> str:
    """A text as it is kept: letters composed, white space as single spaces. Raises EntryError for what nobody sees."""
    text = unicodedata.normalize("NFC", text).strip(" ")
    if any(unicodedata.category(c) in _INVISIBLE and c not in _JOINERS for c in text):
        raise EntryError(gettext_noop("%(entry)s has a character that cannot be seen."))
    return " ".join(text.split())


def joined(*vocabularies: Iterable[str]) -> tuple[str, ...]:
    """All of them as one, each word once, the first ones first, MOST_WORDS at most."""
    words = dict.fromkeys(word for vocabulary in vocabularies for word in vocabulary)
    return tuple(words)[:MOST_WORDS]
