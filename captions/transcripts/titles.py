"""Titles proposed for sessions that have none: their first words."""

import re

from ..models import Session

_LONGEST = 60
_SENTENCE_END = re.compile(r"[.!?…](?=\s)|[。！？]")
# Hesitations and other words with which people begin to speak.
_FILLERS = re.compile(
    r"^(?:(?:um+|uh+|er+|erm|hm+|ah+|oh|so|okay|ok|well|right|now|äh+m?|also|euh|bon|alors)\b[\s,.…]*)+", re.I
)
_AROUND = " \t\n,.;:!?…。！？、，-–—\"'“”„«»"


def proposal(first_line: str | None) -> str:
    """A title of at most 60 characters: the beginning of the text up to the end of its first sentence.

    A one-word sentence is joined with the next one. Cut between words; empty if the text has none.
    """
    text = " ".join((first_line or "").split())
    text = _FILLERS.sub("", text) or text
    end = 0
    for match in _SENTENCE_END.finditer(text):
        end = match.start()
        if " " in text[:end].strip() or not text[:end].isascii():
            break
    else:
        end = len(text)
    title = _cut(text[:end].strip(_AROUND))
    return title[:1].upper() + title[1:]


def _cut(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    comma = max(text.rfind(mark, 20, _LONGEST) for mark in (", ", "; ", ": ", " – ", "、", "，"))
    space = text.rfind(" ", _LONGEST // 2, _LONGEST + 1)
    end = comma if comma > 0 else space if space > 0 else _LONGEST
    return text[:end].rstrip(_AROUND)


def proposed_for(session: Session) -> str:
    """The title proposed for a session, whether it has one or not; empty if it has no words."""
    return proposal(session.utterances.with_text().in_time().values_list("text", flat=True).first())


def called(session: Session) -> str:
    """The name of a session on pages: its title, else the proposed one, else "Untitled" or the like."""
    return session.title or proposed_for(session) or str(session)
