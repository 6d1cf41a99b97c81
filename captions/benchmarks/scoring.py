"""Compares a text with its reference: word errors, formatted errors, and borders of rows.

Words are normalised as in OpenAI's evaluation of Whisper: English by its English normaliser (which unifies fillers,
numbers, titles and spellings), other languages by its basic one; Chinese, Japanese and Korean are compared by
characters. The packages for that are only in the extra `bench`, so they are imported where they are needed.
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
# Abbreviations, after which a full stop does not end a sentence.
_ABBREVIATIONS = frozenset(
    ["mr", "mrs", "ms", "dr", "st", "prof", "sr", "jr", "vs", "hr", "fr", "bzw", "e.g", "i.e", "z.b"]
)
_LIST_NUMBER = re.compile(r"\d{1,2}\.")
_ALIKE = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})


@dataclass(frozen=True, slots=True)
class Errors:
    """The numbers of substituted, missing and added words, and of words in the reference."""

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
    """The number of borders found, of those wanted, and of those that are right; the end of the text is no border."""

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
    """Raises BenchError if the packages to compare words are missing; call it before measuring."""
    if not (find_spec("jiwer") and find_spec("whisper_normalizer")):
        raise BenchError("To compare words, install the extra `bench` (jiwer and whisper-normalizer).")


def word_errors(reference: str, heard: str, language: str) -> Errors:
    """Errors in words, regardless of case and punctuation."""
    return _errors(words_of(reference, language), words_of(heard, language))


def formatted_errors(reference: str, heard: str, language: str) -> Errors:
    """Errors including case and punctuation: a word with its attached punctuation has to be exactly the same."""
    return _errors(formed_words_of(reference, language), formed_words_of(heard, language))


def borders(reference: str, rows: Sequence[str], language: str) -> Borders:
    """Compares the ends of rows with the ends of sentences in the reference: both have to be after the same word.

    Words are matched by aligning both texts. If the rows lack words around a border, any position among the missing
    words counts as right.
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
    # The beginning and the end of the whole text do not count as borders.
    places = [(before[end], after[end]) for end in ends if after[end] > 0 and before[end] < len(said)]
    missing = set(wanted)
    right = 0
    for first, last in places:
        if hit := sorted(missing & set(range(first, last + 1))):
            missing.discard(hit[0])
            right += 1
    return Borders(right, len(places), len(wanted))


def sentence_ends(text: str, language: str) -> list[int]:
    """The numbers of words (as `borders` counts them) after which sentences end, without the end of the text."""
    found: list[int] = []
    tokens = _tokens(text, language)
    for count, (_, is_end) in enumerate(tokens, 1):
        if is_end and count < len(tokens):
            found.append(count)
    return found


def sentences_of(text: str, language: str) -> list[str]:
    """The sentences of a text."""
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
    """The normalised words of a text; in Chinese, Japanese and Korean its characters."""
    plain = _normaliser(language)(text)
    return [each for each in plain if not each.isspace()] if language in _BY_CHARACTER else plain.split()


def formed_words_of(text: str, language: str) -> list[str]:
    """The words, or characters, of a text with case and punctuation; quotation marks and dashes are unified."""
    alike = unicodedata.normalize("NFKC", text).translate(_ALIKE)
    return [each for each in alike if not each.isspace()] if language in _BY_CHARACTER else alike.split()


def _errors(reference: Sequence[str], heard: Sequence[str]) -> Errors:
    import jiwer

    found = jiwer.process_words(" ".join(reference), " ".join(heard))
    return Errors(found.substitutions, found.deletions, found.insertions, len(reference))


def _tokens(text: str, language: str) -> list[tuple[str, bool]]:
    """The words of a text without punctuation, each with whether a sentence ends after it."""
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
    """Yields the words of a text, or its characters, with the punctuation attached to them."""
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
    """Whether a sentence ends with this word. A number with a full stop at the `first` place is a list number."""
    bare = written.strip().rstrip(_CLOSING)
    if not bare.endswith(tuple(_ENDS)):
        return False
    if bare.rstrip(".").casefold() in _ABBREVIATIONS or (first and _LIST_NUMBER.fullmatch(bare)):
        return False
    # Abbreviations of letters with full stops, such as U.S., rarely end a sentence.
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
