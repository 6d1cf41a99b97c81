"""The direction in which a text is read."""

import unicodedata

_RIGHT_TO_LEFT = ("R", "AL")


def reads_from_the_right(text: str) -> bool:
    """Whether the first character with a strong direction is a right-to-left one."""
    if text.isascii():
        return False
    strong = (unicodedata.bidirectional(character) for character in text)
    return next((way for way in strong if way in ("L", *_RIGHT_TO_LEFT)), "L") in _RIGHT_TO_LEFT
