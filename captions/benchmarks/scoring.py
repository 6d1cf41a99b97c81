"""How near a text is to its reference: wrong words, wrong form, and where its rows end. Pure.

Words are compared as OpenAI compares them for Whisper: English by its English normaliser (fillers, numbers, titles and
spellings are made alike), other languages by its basic one, and Chinese, Japanese and Korean by characters. What does
that, and what counts, comes with the extra `bench` alone, so it is imported where it is needed.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

from .errors import BenchError
from .livetest.wer import align, normalise

_BY_CHARACTER = frozenset({"zh", "ja", "ko", "yue"})
_ENDS = ".?!…。？！"
_CLOSING = "\"'”’»)]」』"
# A full stop behind these belongs to them.
_ABBREVIATIONS = frozenset(
    ["mr", "mrs", "ms", "dr", "st", "prof", "sr", "jr", "vs", "hr", "fr", "bzw", "e.g", "i.e", "z.b"]
)
_LIST_NUMBER = re.compile(r"\d{1,2}\.")
_ALIKE = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})


@dataclass(frozen=True, slots=True)
class Errors:
    """`wrong` (put in the place of others), `missing` and `added`, against a reference of `total`."""

    wrong: int = 0
    missing: int = 0
    added: int = 0
    total: int = 0

    @property
    def count(self) -> int:
        return self.wrong + self.missing + self.added

    @property
    def rate(self) -> float | None:
        return self.count / self.total if self.total else None

    def __add__(self, other: "Errors") -> "Errors":
        return Errors(
            self.wrong + other.wrong,
            self.missing + other.missing,
            self.added + other.added,
            self.total + other.total,
        )


@dataclass(frozen=True, slots=True)
class Borders:
    """`right` of the `found` ends are among those that are `wanted`. The end of the last word is none of them."""

    right: int = 0
    found: int = 0
    wanted: int = 0

    @property
    def precision(self) -> float | None:
        return self.right / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        return self.right / self.wanted if self.wanted else None

    @property
    def f1(self) -> float | None:
        both = self.found + self.wanted
        return 2 * self.right / both if both else None

    def __add__(self, other: "Borders") -> "Borders":
        return Borders(self.right + other.right, self.found + other.found, self.wanted + other.wanted)


def check_installed() -> None:
    """Raises BenchError where words cannot be compared, before anything has been measured."""
    if not (find_spec("jiwer") and find_spec("whisper_normalizer")):
        raise BenchError("To compare words, install the extra `bench` (jiwer and whisper-normalizer).")


def word_errors(reference: str, heard: str, language: str) -> Errors:
    """Case and punctuation aside."""
    return _errors(words_of(reference, language), words_of(heard, language))


def formatted_errors(reference: str, heard: str, language: str) -> Errors:
    """With case and punctuation: a word is right when it stands there just so, with what is attached to it."""
    return _errors(formed_words_of(reference, language), formed_words_of(heard, language))


def borders(reference: str, rows: Sequence[str], language: str) -> Borders:
    """Where `rows` end against where sentences of the reference end: after the same word.

    Which word that is says the alignment of both texts. Where the rows lack words around a border, any place among the
    missing ones is the same.
    """
    said = _tokens(reference, language)
    wanted = sentence_ends(reference, language)
    heard: list[str] = []
    ends: list[int] = []
    for row in rows:
        heard += [word for word, _ in _tokens(row, language)]
        if heard and (not ends or ends[-1] != len(heard)):
            ends.append(len(heard))
    pairs = align([word for word, _ in said], heard)
    before: dict[int, int] = {0: 0}
    at = 0
    for spoken, place in pairs:
        if spoken is not None and place is not None:
            at = spoken + 1
        if place is not None:
            before[place + 1] = at
    after = {len(heard): len(said)}
    at = len(said)
    for spoken, place in reversed(pairs):
        if spoken is not None and place is not None:
            at = spoken
        if place is not None:
            after[place] = at
    # Neither the beginning nor the end of it all tells anything.
    places = [(before[end], after[end]) for end in ends if after[end] > 0 and before[end] < len(said)]
    missing = set(wanted)
    right = 0
    for first, last in places:
        if hit := sorted(missing & set(range(first, last + 1))):
            missing.discard(hit[0])
            right += 1
    return Borders(right, len(places), len(wanted))


def sentence_ends(text: str, language: str) -> list[int]:
    """After how many words, as `borders` counts them, sentences end within a text; its own end is none of them."""
    found: list[int] = []
    tokens = _tokens(text, language)
    for count, (_, is_end) in enumerate(tokens, 1):
        if is_end and count < len(tokens):
            found.append(count)
    return found


def sentences_of(text: str, language: str) -> list[str]:
    """A text in its sentences."""
    found: list[list[str]] = [[]]
    first = True
    for word in _written(text, language):
        found[-1].append(word)
        ends = _is_end(word, first)
        first = ends or (first and not normalise(word))
        if ends:
            found.append([])
    glue = "" if language in _BY_CHARACTER else " "
    return [glue.join(words) for words in found if words]


def words_of(text: str, language: str) -> list[str]:
    """The words, or characters, of a text as they are compared."""
    plain = _normaliser(language)(text)
    return [each for each in plain if not each.isspace()] if language in _BY_CHARACTER else plain.split()


def formed_words_of(text: str, language: str) -> list[str]:
    """The same with case and punctuation; kinds of quotation marks and dashes are alike."""
    alike = unicodedata.normalize("NFKC", text).translate(_ALIKE)
    return [each for each in alike if not each.isspace()] if language in _BY_CHARACTER else alike.split()


def _errors(reference: Sequence[str], heard: Sequence[str]) -> Errors:
    import jiwer

    found = jiwer.process_words(" ".join(reference), " ".join(heard))
    return Errors(found.substitutions, found.deletions, found.insertions, len(reference))


def _tokens(text: str, language: str) -> list[tuple[str, bool]]:
    """The bare words of a text, each with whether a sentence ends after it."""
    found: list[tuple[str, bool]] = []
    first = True
    for written in _written(text, language):
        ends = _is_end(written, first)
        bare = normalise(written)
        if bare:
            found += [(word, False) for word in bare]
            first = ends
        if ends and found:
            found[-1] = (found[-1][0], True)
    return found


def _written(text: str, language: str) -> Iterator[str]:
    """The words of a text with what is attached to them, or its characters each with the marks behind it."""
    if language not in _BY_CHARACTER:
        yield from text.split()
        return
    piece = ""
    for character in text:
        if normalise(character) and piece:
            yield piece
            piece = ""
        piece += character
    if piece.strip():
        yield piece


def _is_end(written: str, first: bool) -> bool:
    """Whether a sentence ends with this word; a number and a full stop before a sentence only counts it."""
    bare = written.strip().rstrip(_CLOSING)
    if not bare.endswith(tuple(_ENDS)):
        return False
    if bare.rstrip(".").casefold() in _ABBREVIATIONS or (first and _LIST_NUMBER.fullmatch(bare)):
        return False
    # Letters with full stops between them, such as U.S., end one only now and then.
    return not re.fullmatch(r"(?:\w\.){2,}", bare)


@cache
def _normaliser(language: str) -> Callable[[str], str]:
    from whisper_normalizer.basic import BasicTextNormalizer
    from whisper_normalizer.english import EnglishTextNormalizer

    found: Callable[[str], str] = EnglishTextNormalizer() if language == "en" else BasicTextNormalizer()
    return found


def pooled_errors(each: Iterable[Errors]) -> Errors:
    return sum(each, Errors())


def pooled_borders(each: Iterable[Borders]) -> Borders:
    return sum(each, Borders())
