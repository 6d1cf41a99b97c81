"""The Wyoming protocol, in which Home Assistant speaks to speech recognition. See https://github.com/OHF-Voice/wyoming.

An event is a line of JSON, `{"type", "data"?, "data_length"?, "payload_length"?}`, then as many bytes of JSON, which
belong to its data, and of payload.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..core.errors import WhisperStreamError
from ..core.json_text import decoded
from .joining import joined

MOST_LINE_BYTES = 64 * 1024
MOST_DATA_BYTES = 64 * 1024
MOST_PAYLOAD_BYTES = 64 * 1024
# Of the protocol, as the library of that name writes it.
_VERSION = "1.10.2"


class WyomingError(WhisperStreamError):
    """What came cannot be acted on; the text is a sentence for whoever runs the client."""


@dataclass(frozen=True, slots=True)
class Event:
    type: str
    data: Mapping[str, Any] = field(default_factory=dict)
    payload: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Head:
    """The line of an event, and how many bytes follow it."""

    event: Event
    data_bytes: int
    payload_bytes: int

    def complete(self, data: bytes, payload: bytes) -> Event:
        """The event with what followed. Raises WyomingError."""
        return Event(self.event.type, {**self.event.data, **(_object(data) if data else {})}, payload)


def head(line: bytes) -> Head:
    """Reads the line of an event. Raises WyomingError."""
    said = _object(line)
    kind, data = said.get("type"), said.get("data") or {}
    if not isinstance(kind, str) or not isinstance(data, dict):
        raise WyomingError("An event must have a type, and its data must be an object.")
    return Head(
        Event(kind, data),
        _length(said, "data_length", MOST_DATA_BYTES),
        _length(said, "payload_length", MOST_PAYLOAD_BYTES),
    )


def packed(kind: str, /, **data: Any) -> bytes:
    """The bytes of an event without payload."""
    body = json.dumps(data).encode() if data else b""
    line: dict[str, Any] = {"type": kind, "version": _VERSION}
    if body:
        line["data_length"] = len(body)
    return json.dumps(line).encode() + b"\n" + body


def info(models: Sequence[str], languages: Collection[str]) -> bytes:
    """The answer to `describe`: one program, with the models that are loaded."""
    by = {"name": "WhisperStream", "url": "https://github.com/openai/whisper"}
    about = {"attribution": by, "installed": True, "version": None}
    program = {
        **about,
        "name": "whisperstream",
        "description": "WhisperStream",
        "supports_transcript_streaming": True,
        "models": [
            {**about, "name": model, "description": model, "languages": sorted(languages)} for model in models
        ],
    }
    return packed("info", asr=[program])


@dataclass(frozen=True, slots=True)
class SoundFormat:
    rate: int = 16_000
    width: int = 2
    """Bytes of a sample."""
    channels: int = 1

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "SoundFormat":
        """That of an `audio-start` or `audio-chunk`. Raises WyomingError."""
        found = [data.get("rate", 16_000), data.get("width", 2), data.get("channels", 1)]
        if not all(isinstance(each, int) and not isinstance(each, bool) for each in found):
            raise WyomingError("rate, width and channels must be whole numbers.")
        return cls(*found)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a `transcribe` asks for."""

    language: str = ""
    """A code, or empty for any language."""
    words: tuple[str, ...] = field(default=(), repr=False)
    """Names and terms to expect."""

    @classmethod
    def of(cls, data: Mapping[str, Any], languages: Collection[str]) -> "Wish":
        """Raises WyomingError."""
        said = data.get("language") or ""
        if not isinstance(said, str):
            raise WyomingError("language must be a code such as en.")
        language = said.replace("_", "-").partition("-")[0].lower()
        if language and language not in languages:
            raise WyomingError(f"The language “{said[:20]}” is not known here.")
        return cls(language, (*_texts(data, "transcript_names"), *_texts(data, "transcript_terms")))


class Transcript:
    """The text of one recording, from the messages of `protocol.messages`."""

    def __init__(self, language: str) -> None:
        """`language` is that which was asked for, or empty: then it is the first one that is heard."""
        self.language = language
        self.text = ""
        self._told = ""
        # What was told of the sentences that have no final yet.
        self._open: dict[str, str] = {}
        self._latest = ""

    def hear(self, message: Mapping[str, Any]) -> str:
        """Takes a message; returns what has been added to the text that does not change any more."""
        match message:
            case {"type": "partial", "utterance": utterance, "stable": stable}:
                return self._grown(utterance, stable)
            case {"type": "final", "utterance": utterance, "text": text, "language": language}:
                self.language = self.language or language
                self.text = joined(self.text, text)
                added = self._grown(utterance, text)
                self._open.pop(utterance, None)
                return added
        return ""

    def _grown(self, utterance: str, text: str) -> str:
        """What the sentence has beyond what was told of it; nothing where that was told otherwise.

        The next sentence may begin before the final of this one: what comes only then would be out of place.
        """
        before = self._open.get(utterance, "")
        if not text.startswith(before) or text == before or (before and utterance != self._latest):
            return ""
        self._open[utterance], self._latest = text, utterance
        whole = self._told + text[len(before) :] if before else joined(self._told, text)
        added, self._told = whole[len(self._told) :], whole
        return added


def _texts(data: Mapping[str, Any], name: str) -> list[str]:
    entries = data.get(name) or []
    if not isinstance(entries, list) or not all(isinstance(each, str) for each in entries):
        raise WyomingError(f"{name} must be a list of texts.")
    return entries


def _object(text: bytes) -> dict[str, Any]:
    try:
        said = decoded(text)
    except ValueError as error:
        raise WyomingError("An event must be JSON.") from error
    if not isinstance(said, dict):
        raise WyomingError("An event must be a JSON object.")
    return said


def _length(said: Mapping[str, Any], name: str, most: int) -> int:
    length = said.get(name) or 0
    if not isinstance(length, int) or isinstance(length, bool) or not 0 <= length <= most:
        raise WyomingError(f"{name} must be a whole number from 0 to {most}.")
    return length
