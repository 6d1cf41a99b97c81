"""What is heard in a file, as OpenAI's clients read it: JSON in three shapes, and a stream of events.

See https://platform.openai.com/docs/api-reference/audio. One segment is one utterance. `usage` counts seconds: there
are no tokens to be paid for here, so the events, whose `usage` could only count tokens, have none.
"""

import json
import math
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ...core.language_codes import LANGUAGES, language_tag
from ...speech.passage import Passage
from .. import joining
from .asking import Asked

DONE = b"data: [DONE]\n\n"
"""The last event of a stream."""
KEEP_ALIVE = b": keep-alive\n\n"
"""A comment, which no client sees."""

_LEAST_PROBABILITY = 1e-6
_LETTERS = 26

Json = dict[str, Any]


def text_of(passages: Iterable[Passage]) -> str:
    """All that was said, as one line."""
    return joining.text_of(passage.text for passage in passages)


def delta_of(passage: Passage, before: str) -> str:
    """What the passage adds to the text before: its text, and the space that stands before it."""
    return joining.space_before(before, passage.text) + passage.text


def as_json(asked: Asked, passages: Sequence[Passage], seconds: float) -> Json:
    """The answer in the format that was asked for, if that is one of JSON."""
    match asked.format:
        case "verbose_json":
            return _verbose(asked, passages, seconds)
        case "diarized_json":
            return _diarized(asked, passages, seconds)
    return {**_plain(asked, passages), "usage": _usage(seconds)}


def segment_event(asked: Asked, passage: Passage, number: int, before: str) -> Iterator[Json]:
    """The events of a stream for one passage, the `number`th from 0, behind the text `before`."""
    event: Json = {"type": "transcript.text.delta", "delta": delta_of(passage, before)}
    if asked.with_logprobs:
        event["logprobs"] = _logprobs(passage, before)
    if asked.format == "diarized_json":
        event["segment_id"] = _segment_id(number)
    yield event
    if asked.format == "diarized_json":
        yield _speaker_segment(asked, passage, number)


def done_event(asked: Asked, passages: Sequence[Passage]) -> Json:
    """The last event of a stream that succeeded."""
    return {"type": "transcript.text.done", **_plain(asked, passages)}


def packed(event: Json) -> bytes:
    """An event as server-sent ones are written."""
    return f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


def _plain(asked: Asked, passages: Sequence[Passage]) -> Json:
    answer: Json = {"text": text_of(passages), "languages": _languages(asked, passages)}
    if asked.with_logprobs:
        before, found = "", []
        for passage in passages:
            found += _logprobs(passage, before)
            before += delta_of(passage, before)
        answer["logprobs"] = found
    return answer


def _verbose(asked: Asked, passages: Sequence[Passage], seconds: float) -> Json:
    codes = languages_of(asked, passages)
    answer: Json = {
        "task": "translate" if asked.translate else "transcribe",
        "language": LANGUAGES.get(codes[0], codes[0]).lower() if codes else "",
        "duration": _rounded(seconds),
        "text": text_of(passages),
    }
    if asked.with_segments:
        answer["segments"] = [_segment(each, number) for number, each in enumerate(passages)]
    if asked.with_words:
        answer["words"] = [
            {"word": word.text.strip(), "start": word.start_ms / 1000, "end": word.end_ms / 1000}
            for passage in passages
            for word in passage.words
        ]
    return {**answer, "usage": _usage(seconds)}


def _segment(passage: Passage, number: int) -> Json:
    said = passage.text.encode()
    logs = [_log(word.probability) for word in passage.words]
    return {
        "id": number,
        "seek": 0,
        "start": passage.start_ms / 1000,
        "end": passage.end_ms / 1000,
        "text": passage.text,
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": sum(logs) / len(logs) if logs else 0.0,
        "compression_ratio": len(said) / len(zlib.compress(said)) if said else 0.0,
        "no_speech_prob": 0.0,
    }


def _diarized(asked: Asked, passages: Sequence[Passage], seconds: float) -> Json:
    return {
        "task": "transcribe",
        "duration": _rounded(seconds),
        "text": text_of(passages),
        "segments": [_speaker_segment(asked, each, number) for number, each in enumerate(passages)],
        "usage": _usage(seconds),
    }


def _speaker_segment(asked: Asked, passage: Passage, number: int) -> Json:
    return {
        "type": "transcript.text.segment",
        "id": _segment_id(number),
        "start": passage.start_ms / 1000,
        "end": passage.end_ms / 1000,
        "speaker": _speaker(asked, passage),
        "text": passage.text,
    }


def _speaker(asked: Asked, passage: Passage) -> str:
    """The name that the client gave to the only speaker; else letters, as OpenAI gives them."""
    if asked.speaker and passage.speaker <= 1:
        return asked.speaker
    number = max(passage.speaker, 1) - 1
    letter = chr(ord("A") + number % _LETTERS)
    return letter if number < _LETTERS else f"{letter}{number // _LETTERS}"


def _segment_id(number: int) -> str:
    return f"seg_{number}"


def _languages(asked: Asked, passages: Sequence[Passage]) -> list[dict[str, str]]:
    return [{"code": language_tag(code)} for code in languages_of(asked, passages)]


def languages_of(asked: Asked, passages: Sequence[Passage]) -> list[str]:
    """The codes of the languages, the most spoken one first; that which was asked for if nothing was said."""
    if asked.translate:
        return ["en"]
    spoken: Counter[str] = Counter()
    for passage in passages:
        if passage.language:
            spoken[passage.language] += len(passage.text)
    return [code for code, _ in spoken.most_common()] or ([asked.language] if asked.language else [])


def _logprobs(passage: Passage, before: str) -> list[Json]:
    """One entry for each word; their tokens joined are what the passage adds to the text before."""
    texts = [word.text for word in passage.words]
    if texts:
        texts[0] = joining.space_before(before, passage.text) + texts[0].lstrip()
    return [
        {"token": text, "bytes": list(text.encode()), "logprob": _log(word.probability)}
        for text, word in zip(texts, passage.words, strict=True)
    ]


def _log(probability: float) -> float:
    return math.log(max(probability, _LEAST_PROBABILITY))


def _usage(seconds: float) -> Json:
    return {"type": "duration", "seconds": _rounded(seconds)}


def _rounded(seconds: float) -> float:
    return round(seconds, 3)
