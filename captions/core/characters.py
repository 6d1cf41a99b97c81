"""Characters as people see them, in every script: a letter with all its marks, an emoji of several code points."""

import unicodedata

import regex

# A grapheme cluster. Some vowel signs, as in Burmese, are marks but clusters of their own; nobody sees them apart.
_CHARACTER = regex.compile(r"\X\p{M}*+")
_HANGUL = regex.compile(r"\p{Hangul}")
_IN_WORDS = r"[\p{L}\p{N}\p{M}]"
_FIRST_IN_WORDS, _LAST_IN_WORDS = regex.compile(_IN_WORDS), regex.compile(rf"(?r){_IN_WORDS}")


def characters(text: str) -> list[str]:
    """The characters of a text, each as one or more code points."""
    found: list[str] = _CHARACTER.findall(text)
    return found


def cut(text: str, most: int) -> str:
    """The longest beginning of a text that has whole characters and at most `most` code points."""
    if len(text) <= most:
        return text
    end = 0
    for match in _CHARACTER.finditer(text):
        if match.end() > most:
            break
        end = match.end()
    return text[:end]


def cut_start(text: str, most: int) -> str:
    """The longest end of a text that has whole characters and at most `most` code points."""
    if len(text) <= most:
        return text
    for match in _CHARACTER.finditer(text):
        if match.start() >= len(text) - most:
            return text[match.start() :]
    return ""


def whole(text: str, start: int, end: int) -> int:
    """The end of the character in which `text[start:end]` ends."""
    at = start
    while at < end and (match := _CHARACTER.match(text, at)):
        at = match.end()
    return at


def shortened(text: str, most: int) -> str:
    """The text, or as many of its characters as `most` code points hold with an ellipsis after them."""
    return text if len(text) <= most else f"{cut(text, most - 1).rstrip()}…"


def bare(text: str) -> str:
    """A word or phrase without the punctuation and symbols at its ends; marks belong to their letters."""
    first, last = _FIRST_IN_WORDS.search(text), _LAST_IN_WORDS.search(text)
    return text[first.start() : last.end()] if first and last else ""


def is_unspaced(character: str) -> bool:
    """Whether words follow on it without a space: letters and marks of Chinese and Japanese, but not Korean ones."""
    is_wide = unicodedata.east_asian_width(character) in "WF" and unicodedata.category(character)[0] != "S"
    return is_wide and not _HANGUL.match(character)


def space_between(before: str, text: str) -> str:
    """What stands between two sentences: nothing in scripts that are written without spaces."""
    return "" if before and text and is_unspaced(before[-1]) and is_unspaced(text[0]) else " "
