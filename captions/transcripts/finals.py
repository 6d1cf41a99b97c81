"""Saved utterances as the messages that live readers get."""

from collections.abc import Iterable
from typing import Any

from ..models import Utterance
from ..protocol import messages

SYNC_PAGE = 100
"""Finals that are read from the database at a time."""


def as_messages(rows: Iterable[Utterance]) -> list[dict[str, Any]]:
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
        )
        for row in rows
    ]
