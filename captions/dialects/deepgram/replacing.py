"""Words as Deepgram's clients have them, with what the client wants written in place of others."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Heard:
    """A word; its text begins with a space if the language writes one there."""

    text: str
    start_ms: int = 0
    end_ms: int = 0
    probability: float = 0.0

    @classmethod
    def of(cls, word: Mapping[str, Any]) -> Self:
        """Of a word in a message of ours."""
        return cls(word["text"], word["start_ms"], word["end_ms"], word["probability"])

    @property
    def bare(self) -> str:
        """In lower case, and without punctuation at its edges unless it is nothing else."""
        before, word, after = _parts(self.text)
        return (word or before + after).strip().lower()


@dataclass(frozen=True, slots=True)
class Replacement:
    """One word or several, `find`, are written as `put`; empty leaves them out."""

    find: str
    put: str
    _bare: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_bare", tuple(Heard(word).bare for word in self.find.split()))

    @property
    def words(self) -> tuple[str, ...]:
        """What is to be found, as `Heard.bare` is."""
        return self._bare


def replaced(words: Sequence[Heard], replacements: Sequence[Replacement]) -> list[Heard]:
    """The words with all replacements made at once, the longest that fits at each place; what is put is one word."""
    if not replacements:
        return list(words)
    bare = [word.bare for word in words]
    result: list[Heard] = []
    at = 0
    while at < len(words):
        fitting = [each for each in replacements if tuple(bare[at : at + len(each.words)]) == each.words]
        if not fitting:
            result.append(words[at])
            at += 1
            continue
        best = max(fitting, key=lambda each: len(each.words))
        found = words[at : at + len(best.words)]
        at += len(found)
        if best.put:
            result.append(_put(best.put, found))
    return result


def words_of(text: str) -> list[Heard]:
    """The words of a text without their times."""
    return [Heard(" " + word) for word in text.split()]


def written(words: Sequence[Heard]) -> str:
    """The text that the words spell."""
    return "".join(word.text for word in words).strip()


def _put(text: str, found: Sequence[Heard]) -> Heard:
    before, after = _parts(found[0].text)[0], _parts(found[-1].text)[2]
    return Heard(
        before + text + after,
        found[0].start_ms,
        found[-1].end_ms,
        sum(word.probability for word in found) / len(found),
    )


def _parts(text: str) -> tuple[str, str, str]:
    """What is before the word, the word, and what is after it; both are spaces and punctuation."""
    start, end = 0, len(text)
    while start < end and _is_edge(text[start]):
        start += 1
    while start < end and _is_edge(text[end - 1]):
        end -= 1
    return text[:start], text[start:end], text[end:]


def _is_edge(character: str) -> bool:
    return character.isspace() or unicodedata.category(character).startswith("P")
