"""Saved utterances as the messages that live readers get."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from ..models import Utterance
from ..models.utterance import UtteranceQuerySet
from ..protocol import messages
from ..speech.speakers import Speakers

SYNC_PAGE = 100
"""Finals that are read from the database at a time."""
# So many finals may wait for their translation, which then comes later than those after them.
_UNTRANSLATED = 9


def page_after(rows: UtteranceQuerySet, seq: int) -> UtteranceQuerySet:
    """The next finals after `seq`, at least SYNC_PAGE if there are so many, and translated ones just before them."""
    translated = Q(seq__gt=seq - _UNTRANSLATED) & ~Q(translation="")
    return rows.filter(Q(seq__gt=seq) | translated).order_by("seq")[: SYNC_PAGE + _UNTRANSLATED]


def as_messages(rows: Iterable[Utterance], speakers: Speakers | None = None) -> list[dict[str, Any]]:
    """With `speakers`, the messages say what those are called who speak."""
    return [
        messages.final(
            seq=row.seq,
            utterance=str(row.key),
            start_ms=row.start_ms,
            end_ms=row.end_ms,
            text=row.text,
            words=row.words,
            confidence=row.confidence,
            language=row.language,
            version=row.version,
            shared=row.shared,
            translation=row.translation,
            speaker=row.speaker,
            who=speakers.name(row.shared, row.speaker) if speakers else "",
        )
        for row in rows
    ]
