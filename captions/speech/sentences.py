"""Where sentences end, by punctuation and by long silence. Pure.

`ends_sentence` judges by one word alone; `sentences` and `ends_before` consider the word that follows, too.
"""

import re
import unicodedata
from collections.abc import Sequence

from .coverage import is_unclear
from .types import Word

SILENCE_MS = 2_000
"""Silence that ends a sentence, whatever its text is."""

LONGEST_MS = 60_000
"""A longer sentence is divided: it comes from a model that writes no full stops."""

_ENDS = frozenset(".?!。？！．｡‼⁇⁈⁉؟۔।॥։።፧፨။។៕᠃᠉܀꓿꘎꘏")
_STOPS = frozenset(".．…")
_DOTS = ("...", "…", "。。。")
_QUOTES = frozenset("\"'”’“«»‹›」』")
# Abbreviations that precede a name or an example and are not words too, so that hardly any sentence ends with them.
# fmt: off
_ABBREVIATIONS = frozenset((
    "mr", "mrs", "ms", "dr", "st", "prof", "capt", "lt", "sgt", "sr", "messrs", "mme", "mlle", "mgr", "sra", "srta",
    "dra", "dña", "hr", "ing", "dipl", "dipl.-ing", "mag", "gebr", "geb",
    "vs", "pp", "cf", "approx", "p.ex", "evtl", "ggf", "inkl", "exkl", "einschl", "zzgl", "bzgl", "bzw", "bspw", "vgl",
    "sog", "ehem", "mio", "mrd",
))
# The same, but only with a capital: without it they are words and units.
_TITLES = frozenset((
    "Adm", "Cmdr", "Col", "Fr", "Ft", "Gen", "Gov", "Hon", "Maj", "Mt", "Rep", "Rev", "Sen",
))
# Abbreviations only if a number follows; otherwise they are words, or may end a sentence.
_NUMBERED = frozenset((
    "no", "nos", "nr", "fig", "figs", "vol", "art", "abs", "abb", "bd", "p", "kap", "tab", "tel", "ziff",
    "ca", "max", "min", "mind", "rd",
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "okt", "nov", "dec", "dez",
))
# fmt: on
# Of streets, such as "Hauptstr. 5".
_NUMBERED_END = "str"
# Abbreviations that may or may not end a sentence.
_SHORTENED = frozenset(["al", "ca", "co", "corp", "etc", "inc", "jr", "ltd", "usw"])
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]\.")
_ENGLISH_I = re.compile(r"I(?!\w)")
_ORDINAL = re.compile(r"\d{1,2}\.")
# After an ordinal number or an initial, the word it belongs to follows sooner than this.
_AT_ONCE_MS = 300


def ends_sentence(text: str) -> bool:
    """Whether a sentence ends with this word, or with the last word of this text.

    An abbreviation, an initial, or the three dots of speech that breaks off do not end one; a number's full stop does.
    """
    word = _bare(text)
    if not word or word[-1] not in _ENDS or word.endswith(_DOTS):
        return False
    return not (word[-1] in _STOPS and (_is_abbreviation(word) or _is_initial(word)))


def sentences(words: Sequence[Word], silence_ms: int = SILENCE_MS) -> list[tuple[Word, ...]]:
    """Groups words into sentences, which end by punctuation or before a silence of `silence_ms`; no group is empty.

    The last sentence may be unfinished. One longer than `LONGEST_MS` is divided in its longest pauses.
    """
    found: list[tuple[Word, ...]] = []
    start = 0
    for number, word in enumerate(words):
        following = words[number + 1] if number + 1 < len(words) else None
        if following is None or ends_before(word, following, silence_ms):
            found += divided(tuple(words[start : number + 1]), LONGEST_MS)
            start = number + 1
    return found


def ends_before(word: Word, following: Word, silence_ms: int = SILENCE_MS) -> bool:
    """Whether a sentence ends between a word and the word that follows it."""
    pause_ms = following.start_ms - word.end_ms
    if pause_ms >= silence_ms:
        return True
    bare = _bare(word.text)
    if not bare or (bare[-1] not in _ENDS and not bare.endswith(_DOTS)):
        return False
    if not (is_unclear(following) or _may_begin(following.text)):
        return False
    if bare.endswith(_DOTS):
        return _begins_with_capital(following.text)
    if bare[-1] not in _STOPS:
        return True
    if _is_abbreviation(bare):
        return False
    if _is_initial(bare) or _ORDINAL.fullmatch(bare):
        return pause_ms >= _AT_ONCE_MS
    short = bare.rstrip(".").casefold()
    numbered = short in _NUMBERED or short.endswith(_NUMBERED_END)
    return not (numbered and _letters(following.text)[:1].isdigit())


def written_before(text: str, following: str) -> str:
    """A word as it is written before `following`: without its full stop if that begins with a lower-case letter.

    The full stop comes from a decode of sound that ended there, the word after it from one that had the sound of both.
    """
    bare = _bare(text)
    if not (text.endswith(".") and _letters(following)[:1].islower()) or bare.endswith(_DOTS):
        return text
    is_short = bare.rstrip(".").casefold() in _SHORTENED or _is_abbreviation(bare) or _is_initial(bare)
    return text if is_short or not bare[-2:-1].isalpha() else text[:-1]


def _may_begin(text: str) -> bool:
    """Whether a sentence may begin with this text: not with a lower-case letter."""
    letters = _letters(text)
    return bool(letters) and not letters[0].islower()


def _begins_with_capital(text: str) -> bool:
    """Whether the text begins with a letter that is not lower case. The English "I" does not count."""
    letters = _letters(text)
    return letters[:1].isalpha() and not letters[0].islower() and not _ENGLISH_I.match(letters)


def _letters(text: str) -> str:
    """The text from its first letter or digit on."""
    return next((text[at:] for at, character in enumerate(text) if character.isalnum()), "")


def _bare(text: str) -> str:
    """The last word without the quotation marks and brackets around it."""
    words = text.split()
    word = words[-1] if words else ""
    while word and (word[-1] in _QUOTES or unicodedata.category(word[-1]) == "Pe"):
        word = word[:-1]
    while word and (word[0] in _QUOTES or unicodedata.category(word[0]) == "Ps"):
        word = word[1:]
    return word


def _is_abbreviation(word: str) -> bool:
    short = word.rstrip(".")
    return short.casefold() in _ABBREVIATIONS or short in _TITLES


def _is_initial(word: str) -> bool:
    """Whether the word is an initial such as J. or initials such as U.S.; "I." is taken for the word."""
    return bool(_INITIALS.fullmatch(word)) and word != "I."


def divided(words: tuple[Word, ...], longest_ms: int) -> list[tuple[Word, ...]]:
    """The words in one group, or divided in the longest pauses until no group is longer than `longest_ms`."""
    if len(words) < 2 or words[-1].end_ms - words[0].start_ms <= longest_ms:
        return [words]
    first, last = len(words) // 4, max(len(words) // 4 + 1, len(words) * 3 // 4)
    cut = max(range(first, last), key=lambda at: words[at + 1].start_ms - words[at].end_ms) + 1
    return [*divided(words[:cut], longest_ms), *divided(words[cut:], longest_ms)]
