"""Characters that nobody sees, and which of them are letters' business."""

import unicodedata

# They decide how letters are joined: in Persian, Hindi and others a word without them is another one.
JOINERS = "\u200c\u200d"


def is_mark(character: str) -> bool:
    """Whether it belongs to the character before it: an accent, a vowel sign, a tone."""
    return unicodedata.category(character)[0] == "M"


def without_invisible(text: str) -> str:
    """The text without control characters, marks of direction and the like; joiners stay."""
    return "".join(c for c in text if c in JOINERS or unicodedata.category(c)[0] != "C")
