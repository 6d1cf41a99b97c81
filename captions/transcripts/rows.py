"""The rows of a page that shows a transcript."""

from typing import NamedTuple

from ..models import Note, Utterance
from .snippets import SnippetPart


class Row(NamedTuple):
    """An utterance or a note. `parts` is the utterance's text with search hits marked; None if it has none."""

    utterance: Utterance | None = None
    parts: tuple[SnippetPart, ...] | None = None
    note: Note | None = None
