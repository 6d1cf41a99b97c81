"""Reads transcripts for export from the database."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.utils import timezone

from ..core.marks import HEADING
from ..models import NoteKind, Session
from ..speech.passage import Passage
from ..speech.types import Word
from .export import Remark, Transcript
from .speakers import speakers_of
from .titles import proposed_for

_ROWS_AT_ONCE = 200
_FIELDS = ("start_ms", "end_ms", "text", "confidence", "language", "shared", "translation", "speaker")


def transcript_of(session: Session, *, with_words: bool = True) -> Transcript:
    """The transcript of a session; its passages are fetched as they are iterated, with words only if `with_words`.

    A session without a title gets the one proposed from its first words.
    """
    return Transcript(
        title=session.title or proposed_for(session),
        language=session.heard_language,
        created_at=timezone.localtime(session.created_at),
        passages=_passages(session, with_words=with_words),
        remarks=_remarks(session),
        speakers=speakers_of(session),
    )


def _passages(session: Session, *, with_words: bool) -> Iterator[Passage]:
    fields = (*_FIELDS, "words") if with_words else _FIELDS
    heading: set[bool] = set()
    rows = session.utterances.with_text().in_time().values_list(*fields)
    for start_ms, end_ms, text, confidence, language, shared, translation, speaker, *words in rows.iterator(
        _ROWS_AT_ONCE
    ):
        bare = text.strip()
        if bare == HEADING:
            heading.add(shared)
            continue
        spoken = tuple([_word(word) for word in words[0]]) if words else ()
        passage = Passage(start_ms, end_ms, text, spoken, confidence, language, shared, translation, speaker)
        if bare and shared in heading:
            passage = replace(passage, is_heading=True)
            heading.remove(shared)
        yield passage


def _word(word: dict[str, Any]) -> Word:
    return Word(word["start_ms"], word["end_ms"], word["text"], word["probability"])


def _remarks(session: Session) -> Iterator[Remark]:
    for note in session.notes.in_time():
        yield Remark(note.at_ms, note.text, note.kind == NoteKind.HEADING)
