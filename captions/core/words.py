"""Counts words, also in scripts that put no spaces between them."""

import regex
from icu4py.breakers import WordBreaker

_WITHOUT_SPACES = regex.compile(
    r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tai_Tham}\p{Tai_Le}\p{New_Tai_Lue}\p{Han}\p{Hiragana}\p{Katakana}]"
)
_WORD = regex.compile(r"[\p{L}\p{N}]")


def count_words(text: str) -> int:
    """How many words a text has: between spaces or, where its script has none, by the dictionaries of ICU."""
    if text.isascii() or not _WITHOUT_SPACES.search(text):
        return len(text.split())
    return sum(1 for part in WordBreaker(text, "und") if _WORD.search(part))
