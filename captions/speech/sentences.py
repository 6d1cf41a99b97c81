"""Where sentences end, in text and in time. A pause within a sentence does not end it.

Pure. `ends_sentence` knows one word only; `sentences` sees what follows it, too.
"""

import re
import unicodedata
from collections.abc import Sequence

from .coverage import is_unclear
from .types import Word

SILENCE_MS = 2_000
"""Whoever says nothing for so long has ended a sentence, whatever its text is."""

LONGEST_MS = 60_000
"""Nobody's sentence is longer: it comes from a model that writes no full stops."""

_ENDS = frozenset(".?!。？！．｡‼⁇⁈⁉؟۔।॥։።፧፨။។៕᠃᠉܀꓿꘎꘏")
_STOPS = frozenset(".．…")
_DOTS = ("...", "…", "。。。")
_QUOTES = frozenset("\"'”’“«»‹›」』")
# Those that stand before a name or an example, and are no words, so that hardly any sentence ends with them.
_ABBREVIATIONS = frozenset(
    {
        "mr",
        "mrs",
        "ms",
        "dr",
        "st",
        "prof",
        "capt",
        "lt",
        "sgt",
        "sr",
        "messrs",
        "mme",
        "mlle",
        "mgr",
        "sra",
        "srta",
    }
    | {
        "vs",
        "pp",
        "cf",
        "approx",
        "dipl",
        "evtl",
        "ggf",
        "inkl",
        "zzgl",
        "bzgl",
        "bzw",
        "vgl",
        "p.ex",
        "dra",
        "dña",
    }
)
# Those that are words too, unless a number follows.
_NUMBERED = frozenset(["no", "nos", "nr", "fig", "figs", "vol", "art", "abs", "bd", "p"])
# Those that end a sentence as well as not.
_SHORTENED = frozenset(["al", "ca", "co", "corp", "etc", "inc", "jr", "ltd", "usw"])
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]\.")
_ENGLISH_I = re.compile(r"I(?!\w)")
_ORDINAL = re.compile(r"\d{1,2}\.")
# A full stop that is only a number's or an initial's is followed at once by what it belongs to.
_AT_ONCE_MS = 300


def ends_sentence(text: str) -> bool:
    """Whether a sentence ends with this word, or with the last word of this text.

    Not with an abbreviation, an initial or with the three dots of speech that breaks off. A number's full stop counts.
    """
    word = _bare(text)
    if not word or word[-1] not in _ENDS or word.endswith(_DOTS):
        return False
    return not (word[-1] in _STOPS and (_is_abbreviation(word) or _is_initial(word)))


def sentences(words: Sequence[Word], silence_ms: int = SILENCE_MS) -> list[tuple[Word, ...]]:
    """The words in groups, each a whole sentence or what stands alone between silences of `silence_ms`; none empty.

    The last may be unfinished.
    """
    found: list[tuple[Word, ...]] = []
    start = 0
    for number, word in enumerate(words):
        following = words[number + 1] if number + 1 < len(words) else None
        if following is None or ends_before(word, following, silence_ms):
            found += _bearable(tuple(words[start : number + 1]))
            start = number + 1
    return found


def ends_before(word: Word, following: Word, silence_ms: int = SILENCE_MS) -> bool:
    """Whether a sentence ends with a word, and the next one begins with the word that follows."""
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
    numbered = bare.rstrip(".").casefold() in _NUMBERED
    return not (numbered and _letters(following.text)[:1].isdigit())


def written_before(text: str, following: str) -> str:
    """A word as it is written where that follows: without its full stop where a small letter does.

    The stop comes from a decode whose sound ended there; what follows was heard together with what was before.
    """
    bare = _bare(text)
    if not (text.endswith(".") and _letters(following)[:1].islower()) or bare.endswith(_DOTS):
        return text
    is_short = bare.rstrip(".").casefold() in _SHORTENED or _is_abbreviation(bare) or _is_initial(bare)
    return text if is_short or not bare[-2:-1].isalpha() else text[:-1]


def _may_begin(text: str) -> bool:
    """Whether a sentence may begin so; none begins with a small letter where there are capital ones."""
    letters = _letters(text)
    return bool(letters) and not letters[0].islower()


def _begins_with_capital(text: str) -> bool:
    """Not with a digit; and I is written so within a sentence, too."""
    letters = _letters(text)
    return letters[:1].isalpha() and not letters[0].islower() and not _ENGLISH_I.match(letters)


def _letters(text: str) -> str:
    """The text from its first letter or digit on."""
    return next((text[at:] for at, character in enumerate(text) if character.isalnum()), "")


def _bare(text: str) -> str:
    """The last word without the quotation marks and brackets that close behind it, or open before it."""
    words = text.split()
    word = words[-1] if words else ""
    while word and (word[-1] in _QUOTES or unicodedata.category(word[-1]) == "Pe"):
        word = word[:-1]
    while word and (word[0] in _QUOTES or unicodedata.category(word[0]) == "Ps"):
        word = word[1:]
    return word


def _is_abbreviation(word: str) -> bool:
    return word.rstrip(".").casefold() in _ABBREVIATIONS


def _is_initial(word: str) -> bool:
    """The J. of a name, or a U.S.; the letter I is a word."""
    return bool(_INITIALS.fullmatch(word)) and word != "I."


def _bearable(words: tuple[Word, ...]) -> list[tuple[Word, ...]]:
    """The same in one piece, or cut in its longest pauses where it is longer than anybody's sentence."""
    if len(words) < 2 or words[-1].end_ms - words[0].start_ms <= LONGEST_MS:
        return [words]
    first, last = len(words) // 4, max(len(words) // 4 + 1, len(words) * 3 // 4)
    cut = max(range(first, last), key=lambda at: words[at + 1].start_ms - words[at].end_ms) + 1
    return [*_bearable(words[:cut]), *_bearable(words[cut:])]
