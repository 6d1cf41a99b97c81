"""The rows of a page that shows a transcript."""

from typing import NamedTuple

from ..models import Note, Utterance
from .snippets import SnippetPart


class Row(NamedTuple):
    """An utterance, with its parts where it was searched for, or a note."""

    utterance: Utterance | None = None
    parts: tuple[SnippetPart, ...] | None = None
    note: Note | None = None
