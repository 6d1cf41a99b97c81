"""Transcripts as they lie in the database."""

from collections.abc import Iterator

from django.utils import timezone

from ..models import Session
from ..speech.types import Word
from .export import Passage, Transcript

_ROWS_AT_ONCE = 200


def transcript_of(session: Session) -> Transcript:
    """The transcript of a session; its passages are fetched as they are read."""
    return Transcript(
        title=session.title,
        language=session.heard_language,
        created_at=timezone.localtime(session.created_at),
        passages=_passages(session),
    )


def _passages(session: Session) -> Iterator[Passage]:
    for row in session.utterances.in_time().iterator(_ROWS_AT_ONCE):
        yield Passage(
            row.start_ms,
            row.end_ms,
            row.text,
            tuple(Word(**word) for word in row.words),
            row.confidence,
            row.language,
        )
