"""Cuts words into tokens, by which two transcripts of the same sound are compared, and joins tokens to words."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ..core.characters import space_between
from ..speech.types import Word
from ..transcripts.realign import key_of

# Scripts without spaces are compared character by character: each decode may divide them into words differently.
_WIDE = r"\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_PIECE = re.compile(rf"\s*(?:[{_WIDE}]|[^{_WIDE}\s]+)")
_HYPHENS = dict.fromkeys(map(ord, "-\u2010\u2011"))


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or a character of a script without spaces. Tokens with the same `key` are the same word.

    `source` is the index of the utterance or passage that it is from, `word` the index of its word in that.
    """

    key: str
    text: str
    start_ms: int
    end_ms: int
    probability: float
    source: int
    word: int

    @property
    def middle_ms(self) -> int:
        return (self.start_ms + self.end_ms) // 2


def tokens_of(words: Sequence[Word], source: int) -> list[Token]:
    """The tokens of some words, in order. Punctuation belongs to the token before it, or else to the first one."""
    tokens: list[Token] = []
    before = ""
    for number, word in enumerate(words):
        pieces = _PIECE.findall(word.text)
        letters, done = sum(map(len, pieces)), 0
        length = word.end_ms - word.start_ms
        for piece in pieces:
            start = word.start_ms + length * done // letters
            done += len(piece)
            end = word.start_ms + length * done // letters
            if any(character.isalnum() for character in piece):
                text = before + piece
                tokens.append(
                    Token(key_of(piece.strip()), text, start, end, word.probability, source, number)
                )
                before = ""
            elif tokens:
                last = tokens[-1]
                tokens[-1] = replace(last, text=last.text + piece, end_ms=max(last.end_ms, end))
            else:
                before += piece
    return tokens


def in_order(tokens: Iterable[Token]) -> list[Token]:
    """The tokens with times adjusted so that they neither go back nor overlap."""
    ordered: list[Token] = []
    clock = 0
    for token in tokens:
        start = max(token.start_ms, clock)
        clock = max(token.end_ms, start)
        ordered.append(replace(token, start_ms=start, end_ms=clock))
    return ordered


def spelled(tokens: Iterable[Token]) -> str:
    """The keys of the tokens as one string without spaces and hyphens: equal for wordings that sound the same."""
    return "".join(token.key for token in tokens).translate(_HYPHENS)


def words_of(tokens: Iterable[Token]) -> tuple[Word, ...]:
    """The words that the tokens were cut from, or the parts that are left, with a space between different sources."""
    words: list[Word] = []
    source = None
    for (passage, _), group in groupby(tokens, key=lambda token: (token.source, token.word)):
        pieces = list(group)
        text = "".join(piece.text for piece in pieces)
        if words and passage != source and not text[0].isspace():
            text = space_between(words[-1].text, text) + text
        source = passage
        words.append(Word(pieces[0].start_ms, pieces[-1].end_ms, text, pieces[0].probability))
    return tuple(words)
