"""The protocol of the Vosk server (https://github.com/alphacep/vosk-server): each piece of sound is answered, at once.

A client sends a piece and reads one answer, and so on; an answer too many, or one too few, would shift all that follow.
So nothing is said unasked, and what is not known yet comes with a later piece.
"""

import json
import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..core.errors import WhisperStreamError
from ..core.json_text import decoded
from .joining import joined


class VoskError(WhisperStreamError):
    """What came cannot be acted on; the text is a sentence for whoever runs the client."""


@dataclass(frozen=True, slots=True)
class Config:
    """How a client wants to be heard and answered."""

    rate: int = 16_000
    """Samples a second of its sound, 16 bits, mono."""
    words: bool = True
    """Whether the words are told one by one, too, with their times."""
    phrases: tuple[str, ...] = field(default=(), repr=False)
    """What to expect."""

    def changed(self, wanted: Mapping[str, Any]) -> "Config":
        """With what a `config` says; what it does not name stays. Raises VoskError."""
        changed = self
        if "sample_rate" in wanted:
            changed = replace(changed, rate=_rate(wanted["sample_rate"]))
        if "words" in wanted:
            changed = replace(changed, words=bool(wanted["words"]))
        if "phrase_list" in wanted:
            changed = replace(changed, phrases=_phrases(wanted["phrase_list"]))
        return changed


class End:
    """No more sound comes."""


class Reset:
    """The sound so far is to be answered for as a whole, as if it ended here."""


def command(text: str) -> Mapping[str, Any] | End | Reset:
    """What a text message asks for: a config, or one of the others. Raises VoskError."""
    try:
        said = decoded(text)
    except ValueError as error:
        raise VoskError("A text message must be JSON.") from error
    match said:
        case {"config": dict(wanted)}:
            return wanted
        case {"eof": _}:
            return End()
        case {"reset": _}:
            return Reset()
    raise VoskError('A text message must be {"config": {…}}, {"eof": 1} or {"reset": 1}.')


class Answers:
    """What is answered, from the messages of `protocol.messages`."""

    def __init__(self) -> None:
        self._finals: deque[Mapping[str, Any]] = deque()
        self._partials: dict[str, str] = {}

    def hear(self, message: Mapping[str, Any]) -> None:
        match message:
            case {"type": "partial", "utterance": utterance, "stable": stable, "tentative": tentative}:
                self._partials[utterance] = joined(stable, tentative)
                if not self._partials[utterance]:
                    del self._partials[utterance]
            case {"type": "final", "utterance": utterance}:
                self._partials.pop(utterance, None)
                self._finals.append(message)

    def next(self, *, words: bool) -> str:
        """The answer to a piece of sound: the oldest sentence that was not told, or what is being said."""
        if self._finals:
            return _result([self._finals.popleft()], words=words)
        return _json({"partial": _text(self._partials.values())})

    def rest(self, *, words: bool) -> str:
        """All that was not told, as one answer."""
        finals = list(self._finals)
        self._finals.clear()
        return _result(finals, words=words)


def _result(finals: list[Mapping[str, Any]], *, words: bool) -> str:
    text = _text(final["text"] for final in finals)
    heard = [_word(word) for final in finals for word in final["words"]]
    return _json({"result": heard, "text": text} if words and heard else {"text": text})


def _word(word: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "conf": round(word["probability"] or 0.0, 4),
        "end": word["end_ms"] / 1000,
        "start": word["start_ms"] / 1000,
        "word": word["text"].strip(),
    }


def _text(pieces: Iterable[str]) -> str:
    text = ""
    for piece in pieces:
        text = joined(text, piece)
    return text


def _json(answer: Mapping[str, Any]) -> str:
    return json.dumps(answer, ensure_ascii=False)


def _rate(said: Any) -> int:
    if isinstance(said, bool) or not isinstance(said, int | float) or not math.isfinite(said):
        raise VoskError("sample_rate must be a number.")
    return round(said)


def _phrases(said: Any) -> tuple[str, ...]:
    if not isinstance(said, list) or not all(isinstance(phrase, str) for phrase in said):
        raise VoskError("phrase_list must be a list of texts.")
    # How Vosk writes what is none of the others.
    return tuple(phrase for phrase in said if phrase != "[unk]")
