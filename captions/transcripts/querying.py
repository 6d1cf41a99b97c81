"""Parses a search query and translates it to a PostgreSQL tsquery.

The syntax is that of web searches: all words have to occur, "a phrase" in this order, -word must not occur, and OR
separates alternatives. The last word also matches as a prefix, so that results appear while the user types.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.characters import cut
from .tokens import Span, is_unspaced, spans

MAX_QUERY = 200

# How near to each other the words of `asked.query` stand in `search`. For a long phrase that repeats its words, that
# takes seconds a row, and is of no use; then it is how often they are there.
RANK = """CASE WHEN numnode(asked.query) <= 32
    THEN ts_rank_cd(search, asked.query) ELSE ts_rank(search, asked.query) END"""

_OPERANDS = re.compile(r'(?P<minus>-?)"(?P<phrase>[^"]*)(?P<closed>"|$)|(?P<word>[^\s"]+)')
_PHRASE = "whisperstream_phrase({owner}, %s::text[], %s, %s)"


def clean_query(text: str) -> str:
    """The query on one line, at most MAX_QUERY characters long and valid for PostgreSQL; may be empty."""
    text = text.replace("\0", " ").encode("utf-8", "ignore").decode()
    return cut(" ".join(text.split()), MAX_QUERY).strip()


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow each other. With `left_out` they must not occur; with `beginning` the last one is a prefix."""

    text: str
    left_out: bool = False
    beginning: bool = False

    def words(self) -> list["Phrase"]:
        """A phrase for each of the words."""
        texts = [self.text[start:end] for start, end in spans(self.text)]
        last = len(texts) - 1
        return [Phrase(text, beginning=self.beginning and place == last) for place, text in enumerate(texts)]


@dataclass(frozen=True, slots=True)
class TypedWord:
    """A word of a query that is `text[start:end]` of it; `beginning` if it may be the beginning of a word.

    What is written without spaces is `unspaced` and one word as far as it goes on. `quoted` words are part of a phrase
    in quotation marks.
    """

    text: str
    start: int
    end: int
    beginning: bool
    unspaced: bool = False
    quoted: bool = False


def typed_words(text: str) -> Iterator[TypedWord]:
    """Yields the words of a query that are searched for, that is, without those that are left out."""
    for operand in _OPERANDS.finditer(text):
        phrase = _phrase(operand, is_last=operand.end() == len(text))
        if operand["word"] == "OR" or phrase is None or phrase.left_out:
            continue
        quoted = operand["word"] is None
        at = operand.start("phrase" if quoted else "word")
        found = _whole_spans(phrase.text)
        for number, (start, end) in enumerate(found, 1):
            word = phrase.text[start:end]
            beginning = phrase.beginning and number == len(found)
            yield TypedWord(word, at + start, at + end, beginning, is_unspaced(word), quoted)


def _whole_spans(text: str) -> list[Span]:
    """Like `spans`, with one span for all characters that are written without spaces and follow each other."""
    found: list[Span] = []
    for start, end in spans(text):
        if found and start <= found[-1][1] and is_unspaced(text[found[-1][0] : end]):
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


@dataclass(frozen=True, slots=True)
class Query:
    """Alternatives, each a list of phrases. Each alternative has at least one phrase that has to occur.

    A query that only excludes words would list all other transcripts, so `of` drops such alternatives.
    """

    alternatives: tuple[tuple[Phrase, ...], ...]

    @classmethod
    def of(cls, text: str) -> "Query":
        alternatives: list[list[Phrase]] = [[]]
        for operand in _OPERANDS.finditer(text):
            if operand["word"] == "OR":
                alternatives.append([])
            elif phrase := _phrase(operand, is_last=operand.end() == len(text)):
                alternatives[-1].append(phrase)
        return cls(tuple(tuple(each) for each in alternatives if any(not phrase.left_out for phrase in each)))

    def __bool__(self) -> bool:
        return bool(self.alternatives)

    def sql(self, owner: str, languages: Sequence[str]) -> tuple[str, list[Any]]:
        """The tsquery as SQL, and its parameters.

        `owner` is SQL for the number of the account to search; words are stemmed for each of `languages`.
        """
        params: list[Any] = []
        alternatives = []
        for phrases in self.alternatives:
            terms = []
            for phrase in sorted(phrases, key=lambda each: each.left_out):
                terms.append(("!!" if phrase.left_out else "") + _PHRASE.format(owner=owner))
                params += [list(languages), phrase.text, phrase.beginning]
            alternatives.append(f"({' && '.join(terms)})")
        return f"({' || '.join(alternatives)})", params

    def any_word_sql(self, owner: str, languages: Sequence[str]) -> tuple[str, list[Any]]:
        """The same for a tsquery that matches any one of the words; used to highlight them."""
        words = [
            word
            for phrases in self.alternatives
            for phrase in phrases
            if not phrase.left_out
            for word in phrase.words()
        ]
        return Query(tuple((word,) for word in dict.fromkeys(words))).sql(owner, languages)


def _phrase(operand: re.Match[str], *, is_last: bool) -> Phrase | None:
    """The phrase of an operand; None if it has no word."""
    if operand["word"] is None:
        text, left_out = operand["phrase"], bool(operand["minus"])
        beginning = is_last and not operand["closed"]
    else:
        text, left_out, beginning = operand["word"], operand["word"].startswith("-"), is_last
    return Phrase(text, left_out, beginning and not left_out) if spans(text) else None
