"""JSON: everything that is known, word times and probabilities included, written as it is read."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from .transcript import Passage, Transcript


def render(transcript: Transcript) -> Iterator[str]:
    head = {
        "title": transcript.title,
        "language": transcript.language,
        "created_at": transcript.created_at.isoformat(),
    }
    yield f'{_dump(head)[:-1]}, "utterances": ['
    separator = "\n"
    for passage in transcript.passages:
        yield separator + _dump(_utterance(passage))
        separator = ",\n"
    yield "\n]}\n"


def _utterance(passage: Passage) -> dict[str, Any]:
    return {
        "start_ms": passage.start_ms,
        "end_ms": passage.end_ms,
        "text": passage.text,
        "confidence": passage.confidence,
        "language": passage.language,
        "words": [asdict(word) for word in passage.words],
    }


def _dump(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
