"""What a service answers, read with patience: only a text must be there. Pure.

Compatible servers leave out words, segments, the language or all of them, and write numbers that JSON does not know.
"""

import json
import math
import zlib
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from ....core.errors import WhisperStreamError
from ....core.language_codes import LANGUAGES, code_of_tag

_CODES = {name.lower(): code for code, name in LANGUAGES.items()}

T = TypeVar("T")


class OddError(WhisperStreamError):
    """What came is no answer."""


@dataclass(frozen=True, slots=True)
class TimedText:
    """A piece of the text, in seconds of the sound."""

    text: str
    start: float
    end: float
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """`words` and `segments` are empty where there are none; words may lack the punctuation of the text.

    `tokens` are pieces of the text with their log probabilities.
    """

    text: str
    language: str = ""
    words: tuple[TimedText, ...] = ()
    segments: tuple[TimedText, ...] = ()
    tokens: tuple[tuple[str, float], ...] = ()
    mean_log_probability: float = 0.0
    no_speech_probability: float = 0.0

    @property
    def compression_ratio(self) -> float:
        said = self.text.encode("utf-8", "replace")
        return len(said) / len(zlib.compress(said)) if said else 0.0


def read(body: bytes, kind: str) -> Answer:
    """The answer in a body with that Content-Type. Raises OddError."""
    if kind.startswith("text/plain"):
        return Answer(_clean(body.decode("utf-8", "replace")))
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise OddError("It is not JSON.") from None
    if not isinstance(found, dict) or not isinstance(found.get("text"), str):
        raise OddError("It has no text.")
    return of_fields(found)


def of_fields(found: dict[str, Any]) -> Answer:
    """The answer in an object that has a text."""
    segments = _objects(found.get("segments"))
    timed = [each for each in map(_segment, segments) if each]
    words = _objects(found.get("words")) or [
        word for each in segments for word in _objects(each.get("words"))
    ]
    tokens = tuple(
        (each["token"], min(log, 0.0))
        for each in _objects(found.get("logprobs"))
        if isinstance(each.get("token"), str) and (log := _number(each.get("logprob"))) is not None
    )
    return Answer(
        _clean(found["text"]),
        language=_language(found),
        words=tuple(each for each in map(_word, words) if each),
        segments=tuple(timed),
        tokens=tokens,
        mean_log_probability=_mean([log for _, log in tokens]) if tokens else _segment_mean(segments),
        no_speech_probability=min(
            (min(max(each, 0.0), 1.0) for each in _numbers(segments, "no_speech_prob")), default=0.0
        ),
    )


def code_in_error(body: bytes) -> str:
    """The code of an error, such as insufficient_quota; empty if it has none."""
    try:
        error = msgspec.json.decode(body)["error"]
        return str(error.get("code") or error.get("type") or "")[:100]
    except (msgspec.MsgspecError, UnicodeError, RecursionError, LookupError, TypeError, AttributeError):
        return ""


def _segment(found: dict[str, Any]) -> TimedText | None:
    text, log = found.get("text"), _number(found.get("avg_logprob"))
    probability = None if log is None else math.exp(min(log, 0.0))
    return _timed(text, found, probability)


def _word(found: dict[str, Any]) -> TimedText | None:
    probability = _number(found.get("probability"))
    return _timed(found.get("word"), found, None if probability is None else min(max(probability, 0.0), 1.0))


def _timed(text: Any, found: dict[str, Any], probability: float | None) -> TimedText | None:
    start, end = _number(found.get("start")), _number(found.get("end"))
    if not isinstance(text, str) or not text.strip() or start is None or end is None:
        return None
    start = max(start, 0.0)
    return TimedText(_clean(text), start, max(start, end), probability)


def _segment_mean(segments: list[dict[str, Any]]) -> float:
    return min(_mean(_numbers(segments, "avg_logprob")), 0.0)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _language(found: dict[str, Any]) -> str:
    several = _objects(found.get("languages"))
    said = several[0].get("code") if several else found.get("language")
    if not isinstance(said, str):
        return ""
    code = _CODES.get(said.strip().lower()) or code_of_tag(said)
    return code if code in LANGUAGES else ""


def _objects(found: Any) -> list[dict[str, Any]]:
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _numbers(found: list[dict[str, Any]], name: str) -> list[float]:
    return [number for each in found if (number := _number(each.get(name))) is not None]


def _number(found: Any) -> float | None:
    if isinstance(found, str):
        try:
            found = float(found)
        except ValueError:
            return None
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    return float(found) if is_number and math.isfinite(found) else None


def _clean(text: str) -> str:
    # PostgreSQL stores no NUL.
    return text.replace("\0", "")
