"""Commands within a sentence: which words of a text are some, and what they write."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..core.marks import Place
from .tables import CaseOf, Inline, Numeral, Phrase, Put, Table, words_in


class Said(NamedTuple):
    """A word of a text as it is compared, and its place."""

    key: str
    start: int
    end: int


class Found(NamedTuple):
    """A command and the words that are its phrase, `said[first:end]`; None for a word that is text."""

    command: Inline | None
    first: int
    end: int


class Reading:
    """The commands in a text, none of which shares a word with another one."""

    def __init__(self, text: str, table: Table) -> None:
        self.text = text
        self.said = [Said(*word) for word in words_in(text)]
        self._table = table
        self.found = list(self._find())

    def _find(self) -> Iterator[Found]:
        at = 0
        while at < len(self.said):
            command, end = self._command_at(at)
            if command == "literal":
                escaped = self._escaped_at(end)
                if escaped == end:
                    command = None
                else:
                    yield Found("literal", at, end)
                    yield from (Found(None, each, each + 1) for each in range(end, escaped))
                    at = escaped
                    continue
            yield Found(command, at, end if command else at + 1)
            at = end if command else at + 1

    def _escaped_at(self, at: int) -> int:
        """The end of the phrase at a word, of whatever command; `at` if none is there."""
        for phrase in self._phrases_at(at):
            if any(phrase in known for known in (self._table.inline, self._table.whole, self._table.alone)):
                return at + len(phrase)
        return at

    def _command_at(self, at: int) -> tuple[Inline | None, int]:
        if at and self.said[at - 1].key in self._table.nouns_after and self._is_apart(at - 1, " "):
            return None, at
        for phrase in self._phrases_at(at):
            command = self._table.inline.get(phrase)
            if command is not None:
                return command, at + len(phrase)
        return None, at

    def _phrases_at(self, at: int) -> Iterator[Phrase]:
        """The longest first; between their words are spaces or hyphens."""
        most = 1
        while (
            most < self._table.longest and at + most < len(self.said) and self._is_apart(at + most - 1, " -")
        ):
            most += 1
        for count in range(min(most, len(self.said) - at), 0, -1):
            yield tuple(word.key for word in self.said[at : at + count])

    def _is_apart(self, at: int, characters: str) -> bool:
        """Whether only these characters are between a word and the next one."""
        return not self.text[self.said[at].end : self.said[at + 1].start].strip(characters)

    def places(self) -> list[Place]:
        return list(_Writer(self, self._table).places())


class _Writer:
    """Makes places of commands."""

    def __init__(self, reading: Reading, table: Table) -> None:
        self._said, self._found, self._text = reading.said, reading.found, reading.text
        self._table = table
        self._case: CaseOf | None = None

    def places(self) -> Iterator[Place]:
        number = 0
        while number < len(self._found):
            command, first, end = self._found[number]
            following = self._word_after(number)
            number += 1
            start = self._said[first].start
            match command:
                case Put():
                    yield from self._put(command, first, end)
                case "literal":
                    yield self._escape(first, end)
                case CaseOf(until=()) if following is not None:
                    yield Place(start, following.end, _cased(self._spelled(following), command))
                    number += 1
                case CaseOf(until=(_, *_)):
                    self._case = command
                    yield self._without(first, end)
                case Numeral(digits=digits) if following is not None and following.key in digits:
                    yield Place(start, following.end, digits[following.key])
                    number += 1
                case "until" if self._case is not None and self._ends_case(first, end):
                    self._case = None
                    yield self._without(first, end)
                case _ if self._case is not None:
                    for word in self._said[first:end]:
                        yield Place(word.start, word.end, _cased(self._spelled(word), self._case))

    def _put(self, command: Put, first: int, end: int) -> Iterator[Place]:
        start, stop = self._said[first].start, self._said[end - 1].end
        if command.glue == "join" and (first == 0 or end == len(self._said)):
            return
        glue = command.glue
        if command.writes == self._table.decimal and first > 0 and end < len(self._said):
            before, after = self._said[first - 1].key, self._said[end].key
            glue = "join" if before.isdecimal() and after.isdecimal() else glue
        yield Place(start, stop, command.writes, glue)

    def _word_after(self, number: int) -> Said | None:
        """The next word, if it is text."""
        if number + 1 >= len(self._found) or self._found[number + 1].command is not None:
            return None
        return self._said[self._found[number + 1].first]

    def _escape(self, first: int, end: int) -> Place:
        """Takes the word away that makes text of the next command; a capital letter goes over to that."""
        at = self._said[end].start
        letter = self._text[at]
        is_capital = self._text[self._said[first].start].isupper()
        return Place(self._said[first].start, at + 1, letter.upper() if is_capital else letter)

    def _ends_case(self, first: int, end: int) -> bool:
        phrase = " ".join(word.key for word in self._said[first:end])
        return self._case is not None and phrase in map(str.casefold, self._case.until)

    def _without(self, first: int, end: int) -> Place:
        """Takes the words away, with what is between them and the next one; at the end, and the one before."""
        if end < len(self._said):
            return Place(self._said[first].start, self._said[end].start, "")
        return Place(self._said[first - 1].end if first else 0, self._said[end - 1].end, "")

    def _spelled(self, word: Said) -> str:
        return self._text[word.start : word.end]


def _cased(word: str, command: CaseOf) -> str:
    match command.case:
        case "upper":
            return word.upper()
        case "lower":
            return word.lower()
    return word[:1].upper() + word[1:]


def leading(places: Sequence[Place], text: str) -> list[Place]:
    """Those of the places that begin the text and belong to what was said before it: marks behind a word."""
    found: list[Place] = []
    done = 0
    for place in places:
        if place.glue not in ("mark", "close", "apart") or any(map(str.isalnum, text[done : place.start])):
            break
        found.append(place)
        done = place.end
    return found
