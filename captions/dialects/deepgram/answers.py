"""The messages that Deepgram's clients read, and the pieces that they are made of. Times there are in seconds."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...core.language_codes import language_tag
from .replacing import Heard, written

Message = dict[str, Any]

_NAMESPACE = uuid.UUID("6c8e1d2e-3b42-4b8a-9d4a-1f6a52a0c6d1")


@dataclass(frozen=True, slots=True)
class About:
    """The request that answers belong to; `model` is the name of the model that listens."""

    request_id: str
    model: str

    @property
    def model_uuid(self) -> str:
        """The same for the same model."""
        return str(uuid.uuid5(_NAMESPACE, self.model))

    @property
    def model_info(self) -> Message:
        return {"name": self.model, "version": "", "arch": "whisper"}


def alternative(
    words: Sequence[Heard],
    *,
    text: str | None = None,
    confidence: float | None = None,
    language: str = "",
    speakers: Sequence[int | None] = (),
) -> Message:
    """What was heard; `text` where it is not what the words spell. `language` is a code, if it is to be told.

    `speakers` say of each word whose it is, where voices were told apart.
    """
    said = written(words) if text is None else text
    whose = speakers or [None] * len(words)
    told: Message = {
        "transcript": said,
        "confidence": _share(confidence),
        "words": [word(each, language, speaker) for each, speaker in zip(words, whose, strict=True)],
    }
    if language:
        told["languages"] = [language_tag(language)]
    return told


def word(heard: Heard, language: str = "", speaker: int | None = None) -> Message:
    told: Message = {
        "word": heard.bare,
        "start": seconds(heard.start_ms),
        "end": seconds(heard.end_ms),
        "confidence": _share(heard.probability),
        "punctuated_word": heard.text.strip(),
    }
    if language:
        told["language"] = language_tag(language)
    if speaker is not None:
        told["speaker"] = speaker
    return told


def results(
    about: About,
    said: Message,
    start_ms: int,
    end_ms: int,
    *,
    is_final: bool,
    speech_final: bool = False,
    from_finalize: bool = False,
) -> Message:
    """What was heard from `start_ms` to `end_ms`; `said` is an alternative."""
    return {
        "type": "Results",
        "channel_index": [0, 1],
        "start": seconds(start_ms),
        "duration": seconds(max(0, end_ms - start_ms)),
        "is_final": is_final,
        "speech_final": speech_final,
        "from_finalize": from_finalize,
        "channel": {"alternatives": [said]},
        "metadata": {
            "request_id": about.request_id,
            "model_uuid": about.model_uuid,
            "model_info": about.model_info,
        },
    }


def speech_started(at_ms: int) -> Message:
    return {"type": "SpeechStarted", "channel": [0], "timestamp": seconds(at_ms)}


def utterance_end(last_word_end_ms: int) -> Message:
    return {"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": seconds(last_word_end_ms)}


def metadata(about: About, *, sha256: str, created: datetime, duration_ms: int, channels: int) -> Message:
    """Of a request that is over; `sha256` is that of all sound as it came."""
    return {
        "transaction_key": "deprecated",
        "request_id": about.request_id,
        "sha256": sha256,
        "created": created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "duration": seconds(duration_ms),
        "channels": channels,
        "models": [about.model_uuid],
        "model_info": {about.model_uuid: about.model_info},
    }


def configure_success(about: About, terms: Sequence[str] | None) -> Message:
    told: Message = {"type": "ConfigureSuccess", "request_id": about.request_id}
    return told if terms is None else {**told, "keyterms": list(terms)}


def configure_failure(about: About, code: str, sentence: str) -> Message:
    return {
        "type": "ConfigureFailure",
        "request_id": about.request_id,
        "code": f"CONFIGURE_{code}",
        "description": sentence,
    }


def warning(parameter: str, sentence: str) -> Message:
    """For the `warnings` of metadata: something asked for was left out."""
    return {"parameter": parameter, "type": "unsupported_model", "message": sentence}


def error(variant: str, sentence: str) -> Message:
    return {"type": "Error", "variant": variant, "description": sentence}


def seconds(milliseconds: int) -> float:
    return milliseconds / 1000


def _share(probability: float | None) -> float:
    return round(min(1.0, max(0.0, probability or 0.0)), 4)
