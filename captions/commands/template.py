"""The phrases of a person's own actions: `[please] (turn|switch) on [the] {device}`, and what is said of one.

Words in `[ ]` may be left out, of those in `( | )` one is said, and `{ }` is a slot: one word or more. A template is an
automaton that never goes back over what it has tried, so the work is bounded by its parts times the words.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

import regex

from ..core.errors import WhisperStreamError
from .inline import Said
from .tables import words_in

LONGEST_TEMPLATE = 200
"""Characters."""
MOST_WORDS = 40
"""What is longer is no command."""
_MOST_PARTS = 80
_DEEPEST = 5

_TOKEN = regex.compile(r"[\[\]()|]|\{([^{}]*)\}|[{}]|[^\[\](){}|]+")
_NAME = regex.compile(r"\p{L}[\p{L}\p{M}\p{N}_]{0,29}")
_IN_TEXT = regex.compile(r"\{(\p{L}[\p{L}\p{M}\p{N}_]{0,29})\}")
_CLOSES = {"[": "]", "(": ")"}

Flaw = Literal[
    "too_long", "too_much", "bracket", "empty", "bar", "slot", "slot_twice", "slots_touch", "no_word"
]
Slots = dict[str, str]


class TemplateError(WhisperStreamError):
    """A template that cannot be used; `part` is the piece that is wrong, where there is one."""

    def __init__(self, flaw: Flaw, part: str = "") -> None:
        super().__init__(flaw)
        self.flaw, self.part = flaw, part


class _Edge(NamedTuple):
    """A step of the automaton; all but `skip` and `end` take a word. Of a state, the first that leads on is taken."""

    kind: Literal["word", "begin", "more", "end", "skip"]
    name: str
    """The word, or the slot that begins."""
    to: int


class Template:
    """A template as an automaton."""

    def __init__(self, edges: list[list[_Edge]], last: int, slots: tuple[str, ...]) -> None:
        self.slots = slots
        self._edges, self._last = edges, last

    def match(self, said: Sequence[Said], text: str) -> Slots | None:
        """The slots, as they stand in the text, if its words `said` are this and nothing else; else None."""
        if len(said) > MOST_WORDS:
            return None
        tried: set[tuple[int, int]] = set()
        # Each with the words of its slots so far: (name, first, end), the last one open while `end` is 0.
        waiting: list[tuple[int, int, tuple[tuple[str, int, int], ...]]] = [(0, 0, ())]
        while waiting:
            state, at, slots = waiting.pop()
            if (state, at) in tried:
                continue
            tried.add((state, at))
            if state == self._last and at == len(said):
                return {name: text[said[first].start : said[end - 1].end] for name, first, end in slots}
            for edge in reversed(self._edges[state]):
                match edge.kind:
                    case "skip":
                        waiting.append((edge.to, at, slots))
                    case "end":
                        name, first, _ = slots[-1]
                        waiting.append((edge.to, at, (*slots[:-1], (name, first, at))))
                    case _ if at == len(said):
                        pass
                    case "word" if said[at].key != edge.name:
                        pass
                    case "begin":
                        waiting.append((edge.to, at + 1, (*slots, (edge.name, at, 0))))
                    case _:
                        waiting.append((edge.to, at + 1, slots))
        return None

    def beside(self) -> str:
        """A slot that may follow another one at once, so that nobody knows where that ends; empty if none does."""
        for edges in self._edges:
            for edge in edges:
                if edge.kind == "end" and (name := self._slot_from(edge.to)):
                    return name
        return ""

    def _slot_from(self, state: int) -> str:
        """A slot that can begin in a state without a word before it."""
        reached, waiting = {state}, [state]
        while waiting:
            for edge in self._edges[waiting.pop()]:
                if edge.kind == "begin":
                    return edge.name
                if edge.kind == "skip" and edge.to not in reached:
                    reached.add(edge.to)
                    waiting.append(edge.to)
        return ""


class _Reader:
    """Reads a template from its beginning to its end, and makes the automaton meanwhile."""

    def __init__(self, text: str) -> None:
        self._tokens = [(found[0], found[1]) for found in _TOKEN.finditer(text)]
        self._at = 0
        self._parts = 0
        self._slots: list[str] = []
        self._edges: list[list[_Edge]] = [[]]

    def template(self) -> Template:
        last, fewest = self._sequence(0, 0)
        if self._at < len(self._tokens):
            sign = self._tokens[self._at][0]
            raise TemplateError("bar" if sign == "|" else "bracket", sign)
        if not fewest:
            raise TemplateError("no_word")
        template = Template(self._edges, last, tuple(self._slots))
        if name := template.beside():
            raise TemplateError("slots_touch", name)
        return template

    def _sequence(self, state: int, depth: int) -> tuple[int, int]:
        """Reads up to what closes it. Its last state, and the fewest words that it is said with, slots apart."""
        fewest, is_empty = 0, True
        while self._at < len(self._tokens):
            sign, name = self._tokens[self._at]
            if sign in ("]", ")", "|"):
                break
            self._at += 1
            if sign in _CLOSES:
                state, words = self._choice(state, sign, depth + 1)
                fewest, is_empty = fewest + words, False
            elif name is not None:
                state, is_empty = self._slot(state, name), False
            elif sign in "{}":
                raise TemplateError("bracket", sign)
            else:
                for key in keys_of(sign):
                    state = self._step(state, "word", key)
                    fewest, is_empty = fewest + 1, False
        if is_empty and depth:
            raise TemplateError("empty")
        return state, fewest

    def _choice(self, state: int, opening: str, depth: int) -> tuple[int, int]:
        if depth > _DEEPEST:
            raise TemplateError("too_much")
        self._count()
        end = self._new()
        fewest: list[int] = []
        while True:
            last, words = self._sequence(self._step(state, "skip", ""), depth)
            self._edges[last].append(_Edge("skip", "", end))
            fewest.append(words)
            sign = self._tokens[self._at][0] if self._at < len(self._tokens) else ""
            self._at += 1
            if sign != "|":
                break
        if sign != _CLOSES[opening]:
            raise TemplateError("bracket", opening)
        if opening == "[":
            self._edges[state].append(_Edge("skip", "", end))
            return end, 0
        return end, min(fewest)

    def _slot(self, state: int, name: str) -> int:
        name = unicodedata.normalize("NFC", name.strip())
        if not _NAME.fullmatch(name):
            raise TemplateError("slot", name)
        if name in self._slots:
            raise TemplateError("slot_twice", name)
        self._slots.append(name)
        within = self._step(state, "begin", name)
        end = self._step(within, "end", "")
        self._edges[within].append(_Edge("more", "", within))
        return end

    def _step(self, state: int, kind: Literal["word", "begin", "end", "skip"], name: str) -> int:
        self._count()
        to = self._new()
        self._edges[state].append(_Edge(kind, name, to))
        return to

    def _new(self) -> int:
        self._edges.append([])
        return len(self._edges) - 1

    def _count(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise TemplateError("too_much")


@lru_cache(maxsize=1024)
def read(text: str) -> Template:
    """Raises TemplateError."""
    if len(text) > LONGEST_TEMPLATE:
        raise TemplateError("too_long")
    return _Reader(text).template()


def heard(text: str) -> list[Said]:
    """The words of a text as templates compare them, with their places."""
    return [Said(unicodedata.normalize("NFC", key), start, end) for key, start, end in words_in(text)]


def keys_of(text: str) -> list[str]:
    return [word.key for word in heard(text)]


def behind(lead: str, said: Sequence[Said]) -> Sequence[Said] | None:
    """What is said behind the lead word, if it begins with that; all of it where there is none."""
    keys = keys_of(lead)
    return said[len(keys) :] if [word.key for word in said[: len(keys)]] == keys else None


def slots_in(text: str) -> Iterator[str]:
    """The slots that a text to be written names."""
    for found in _IN_TEXT.finditer(unicodedata.normalize("NFC", text)):
        yield found[1]


def filled(text: str, slots: Slots) -> str:
    """The text with what was said in the places of its slots; one that may be left out and was is nothing."""
    whole: str = _IN_TEXT.sub(lambda found: slots.get(found[1], ""), unicodedata.normalize("NFC", text))
    return whole
