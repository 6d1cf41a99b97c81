"""Joins pieces of text as they would be written together."""

from collections.abc import Iterable

import regex

from ..core.characters import space_between

# Marks that belong to the text before them. A quotation mark does so only if no word follows it: otherwise it opens.
_CLOSING = regex.compile(r"[\p{Terminal_Punctuation}\p{Pe}…]|[\"'’”»]+(?:\s|\p{Terminal_Punctuation}|$)")
_UNSPACED = (
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\u3001-\u303f\u30fc\uff01-\uff65]"
)
_BEGINS_UNSPACED = regex.compile(_UNSPACED)
_ENDS_UNSPACED = regex.compile(_UNSPACED + "$")


def joined(before: str, after: str) -> str:
    """The two pieces as one text, with a space between where their script has one and neither piece does."""
    return f"{before} {after}" if _needs_space(before, after) else before + after


def text_of(sentences: Iterable[str]) -> str:
    """Whole sentences as one line."""
    text = ""
    for sentence in sentences:
        text += space_before(text, sentence) + sentence
    return text


def space_before(text: str, sentence: str) -> str:
    """What stands between a text and its next sentence: nothing at its beginning."""
    return space_between(text, sentence) if text else ""


def _needs_space(before: str, after: str) -> bool:
    if not before or not after or before[-1].isspace() or after[0].isspace():
        return False
    return not (_CLOSING.match(after) or _ENDS_UNSPACED.search(before) or _BEGINS_UNSPACED.match(after))
