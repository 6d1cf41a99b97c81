"""Titles proposed for sessions that have none: their first words."""

import re
from collections.abc import Sequence
from itertools import pairwise

from ..core.characters import cut
from ..models import Session
from ..speech.sentences import ends_before
from ..speech.types import Word

_LONGEST = 60
# Some scripts write sentences without a space between them.
_SPACELESS_END = re.compile(r"(?<=[。！？])(?=\S)")
# Hesitations, and words with which people begin to speak: those mean something unless a mark stands behind them, some
# in another language, such as "um" and "er" in German.
_FILLERS = re.compile(
    r"^(?:(?:(?:umm+|uh+|errr*|erm|hm+|ah+|okay|ok|äh+m?|euh)\b[\s,.…]*)"
    r"|(?:(?:so|well|right|now|also|bon|alors|um|er|oh)[,.…]+\s*))+",
    re.I,
)
# What ends a sentence; a title is written without it.
_END = re.compile("[.!?…。！？][\"'”’»“]*(?=\\s|$)|[。！？]|$")
_AROUND = " \t\n,.;:!?…。！？、，-–—\"'“”„«»"


def proposal(first_line: str | None) -> str:
    """A title of at most 60 characters: the beginning of the text up to the end of its first sentence.

    A one-word sentence is joined with the next one. Cut between words; empty if the text has none.
    """
    text = " ".join((first_line or "").split())
    text = _FILLERS.sub("", text) or text
    title = _cut(_first_sentence(text).strip(_AROUND))
    return title[:1].upper() + title[1:]


def _first_sentence(text: str) -> str:
    """The text up to the end of its first sentence of more than one word."""
    words = [Word(0, 0, word, 1.0) for word in _SPACELESS_END.sub(" ", text).split()]
    for number, (word, following) in enumerate(pairwise(words), 1):
        if ends_before(word, following) and (number > 1 or not word.text.isascii()):
            return text[: _end_of(text, [each.text for each in words[:number]])]
    return text


def _end_of(text: str, words: list[str]) -> int:
    end = 0
    for word in words:
        end = text.index(word, end) + len(word)
    return end


def _cut(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    comma = max(text.rfind(mark, 20, _LONGEST) for mark in (", ", "; ", ": ", " – ", "、", "，"))
    space = text.rfind(" ", _LONGEST // 2, _LONGEST + 1)
    end = comma if comma > 0 else space if space > 0 else _LONGEST
    return cut(text, end).rstrip(_AROUND)


def beyond(title: str, opening: Sequence[str]) -> str:
    """The first sentence of `opening`; if it begins with the title, what follows on that in `opening`."""
    text = " ".join(" ".join(opening).split())
    said = re.search(re.escape(title), text, re.I) if title else None
    if said is None or _FILLERS.sub("", text[: said.start()]).strip(_AROUND):
        return " ".join(opening[0].split()) if opening else ""
    end = _END.match(text, said.end())
    rest = text[end.end() if end else said.end() :].lstrip()
    return rest if end or not rest else f"… {rest.lstrip(_AROUND)}"


def proposed_for(session: Session) -> str:
    """The title proposed for a session, whether it has one or not; empty if it has no words."""
    return proposal(session.utterances.with_words().in_time().values_list("text", flat=True).first())


def called(session: Session) -> str:
    """The name of a session on pages: its title, else the proposed one, else "Untitled" or the like."""
    return session.title or proposed_for(session) or str(session)
