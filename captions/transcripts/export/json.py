"""JSON with everything that is known, including word times and probabilities.

docs/transcript.schema.json is its schema; `version` is the number of the schema.
"""

import json
from collections.abc import Iterator
from typing import Any

from ...speech.passage import Passage
from .transcript import Transcript

VERSION = 1


def render(transcript: Transcript) -> Iterator[str]:
    head = {
        "version": VERSION,
        "title": transcript.title,
        "language": transcript.language,
        "created_at": transcript.created_at.isoformat(),
        "notes": [
            {
                "at_ms": remark.at_ms,
                "kind": "heading" if remark.is_heading else "note",
                "text": remark.text,
            }
            for remark in transcript.remarks
        ],
    }
    yield f'{_dump(head)[:-1]}, "utterances": ['
    separator = "\n"
    for passage in transcript.passages:
        utterance = _utterance(passage)
        if transcript.speakers:
            utterance["shared"] = passage.shared
            utterance["speaker"] = transcript.speaker_of(passage)
        if passage.translation:
            utterance["translation"] = passage.translation
        yield separator + _dump(utterance)
        separator = ",\n"
    yield "\n]}\n"


def _utterance(passage: Passage) -> dict[str, Any]:
    return {
        "start_ms": passage.start_ms,
        "end_ms": passage.end_ms,
        "text": passage.text,
        "confidence": passage.confidence,
        "language": passage.language,
        "words": [
            {
                "start_ms": word.start_ms,
                "end_ms": word.end_ms,
                "text": word.text,
                "probability": word.probability,
            }
            for word in passage.words
        ],
    }


def _dump(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
