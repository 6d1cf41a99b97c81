"""The settings of a session: merged from what clients send, checked, and shown to them in their own form."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from ...audio.pcm_stream import HIGHEST_RATE, LOWEST_RATE, Encoding
from ...core.characters import shortened
from ...core.language_codes import code_of_tag
from ...protocol.endpointing import LEAST_THRESHOLD, MOST_PREFIX_MS, MOST_THRESHOLD, Endpointing
from .errors import ClientError

LEAST_SILENCE_MS, MOST_SILENCE_MS = 200, 3_000
# Silence that ends what somebody says, by how eager a client is to have it.
_EAGER_MS = {"low": 1_500, "medium": 800, "auto": 800, "high": 500}
# They end an item only where the client says so, unless it wants otherwise.
_WITHOUT_TURNS = ("gpt-realtime-whisper", "gpt-live-transcribe")
# OpenAI sends their text once the item is committed; everybody else's as it is spoken.
_HELD_BACK = ("whisper-1", "gpt-4o-", "gpt-transcribe")
_FLAT_FORMATS = {
    "pcm16": {"type": "audio/pcm", "rate": 24_000},
    "g711_ulaw": {"type": "audio/pcmu"},
    "g711_alaw": {"type": "audio/pcma"},
}
_ENCODINGS: dict[str, Encoding] = {"audio/pcm": "s16", "audio/pcmu": "mulaw", "audio/pcma": "alaw"}
_G711_RATE = 8_000
_MOST_PROMPT_WORDS = 5
_PLACE = " - at `$"
_LONGEST_COMPLAINT = 300

_Name = Annotated[str, Meta(max_length=200)]


class Format(Struct, frozen=True, omit_defaults=True):
    type: Literal["audio/pcm", "audio/pcmu", "audio/pcma"] = "audio/pcm"
    rate: Annotated[int, Meta(ge=LOWEST_RATE, le=HIGHEST_RATE)] | None = None


class Transcription(Struct, frozen=True, omit_defaults=True):
    model: _Name | None = None
    language: _Name | None = None
    languages: list[_Name] | None = None
    prompt: Annotated[str, Meta(max_length=10_000)] | None = None
    keywords: list[_Name] | None = None


class Turns(Struct, frozen=True, omit_defaults=True):
    """How the end of what somebody says is found."""

    type: Literal["server_vad", "semantic_vad"] = "server_vad"
    threshold: float | None = None
    prefix_padding_ms: float | None = None
    silence_duration_ms: float | None = None
    eagerness: Literal["low", "medium", "high", "auto"] | None = None


class Input(Struct, frozen=True, omit_defaults=True):
    format: Format | None = None
    transcription: Transcription | None = None
    turn_detection: Turns | UnsetType | None = UNSET
    """None where only the client ends items; unset where it has not said."""


class _Session(Struct, frozen=True, omit_defaults=True):
    type: Literal["transcription", "realtime"] = "transcription"
    input: Input = Input()
    include: list[_Name] | None = None


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a client wants its sound to be listened to. The words are as it sent them."""

    language: str
    endpointing: Endpointing
    words: tuple[str, ...] = field(repr=False)


class Configuration:
    """Immutable. `model` is the name that stands for the loaded model, `languages` are the codes that it knows."""

    def __init__(self, model: str, languages: Collection[str], wanted: dict[str, Any] | None = None) -> None:
        self.model_of_server = model
        self.languages = languages
        self._wanted = wanted or {}
        self._session = _converted(self._wanted)
        self._transcription = self._session.input.transcription or Transcription()
        self.language = self._checked_language()

    def merged(self, patch: object, *, flat: bool) -> Self:
        """This with what `patch` says in place of it: what it leaves out stays, null clears. Raises ClientError.

        A `flat` one is a session of OpenAI's beta.
        """
        if not isinstance(patch, dict):
            raise ClientError("invalid_type", "session must be an object.", param="session")
        wanted = {**self._wanted, **{key: patch[key] for key in ("type", "include") if key in patch}}
        if flat:
            wanted.pop("type", None)
        wanted["input"] = _merged_input(
            self._wanted.get("input", {}), _flat_input(patch) if flat else _input(patch)
        )
        return type(self)(self.model_of_server, self.languages, msgspec.to_builtins(_converted(wanted)))

    def replaced_model(self, model: str) -> Self:
        """This with another name for the model, as an address has it."""
        return self.merged({"audio": {"input": {"transcription": {"model": model}}}}, flat=False)

    @property
    def wanted(self) -> dict[str, Any]:
        """What was asked for, in plain values, from which a `Configuration` can be made again."""
        return self._wanted

    @property
    def model(self) -> str:
        return self._transcription.model or self.model_of_server

    @property
    def encoding(self) -> Encoding:
        return _ENCODINGS[self._format.type]

    @property
    def rate(self) -> int:
        return (self._format.rate or 24_000) if self._format.type == "audio/pcm" else _G711_RATE

    @property
    def turns(self) -> Turns | None:
        if self._session.input.turn_detection is UNSET:
            return None if self.model.startswith(_WITHOUT_TURNS) else Turns()
        return self._session.input.turn_detection

    @property
    def is_live(self) -> bool:
        """Whether text is sent while its item is still spoken."""
        return not self.model.startswith(_HELD_BACK)

    @property
    def wants_probabilities(self) -> bool:
        return "item.input_audio_transcription.logprobs" in (self._session.include or ())

    @property
    def wishes(self) -> Wishes:
        keywords = self._transcription.keywords or []
        listed = words_of_prompt(self._transcription.prompt or "")
        return Wishes(self.language, self._endpointing, tuple(dict.fromkeys((*keywords, *listed))))

    @property
    def prefix_ms(self) -> int:
        """Sound before speech that counts as part of it."""
        return self._endpointing.prefix_ms or 0

    @property
    def silence_ms(self) -> int:
        """Silence that ends what somebody says."""
        return self._endpointing.silence_ms or 0

    def shown(self, session_id: str, expires_at: int | None, *, flat: bool) -> dict[str, Any]:
        """The session as its client reads it; noise is never reduced."""
        turns = self._shown_turns()
        transcription = {**msgspec.to_builtins(self._transcription), "model": self.model}
        shown: dict[str, Any] = {"id": session_id}
        if expires_at is not None:
            shown["expires_at"] = expires_at
        if flat:
            names = {"audio/pcm": "pcm16", "audio/pcmu": "g711_ulaw", "audio/pcma": "g711_alaw"}
            shown |= {
                "object": "realtime.transcription_session",
                "input_audio_format": names[self._format.type],
                "input_audio_transcription": transcription,
                "input_audio_noise_reduction": None,
                "turn_detection": turns,
            }
        else:
            rate = {"rate": self.rate} if self._format.type == "audio/pcm" else {}
            of_realtime = self._session.type == "realtime"
            name = "realtime.session" if of_realtime else "realtime.transcription_session"
            shown |= {
                "object": name,
                "type": self._session.type,
                "audio": {
                    "input": {
                        "format": {"type": self._format.type, **rate},
                        "transcription": transcription,
                        "noise_reduction": None,
                        "turn_detection": turns,
                    }
                },
            }
            if of_realtime:
                shown["model"] = self.model
        return {**shown, "include": self._session.include}

    @property
    def _format(self) -> Format:
        return self._session.input.format or Format()

    @property
    def _endpointing(self) -> Endpointing:
        turns = self.turns
        if turns is None:
            return Endpointing()
        if turns.type == "semantic_vad":
            return Endpointing(prefix_ms=300, silence_ms=_EAGER_MS[turns.eagerness or "auto"])
        return Endpointing(
            threshold=_within(turns.threshold, 0.5, LEAST_THRESHOLD, MOST_THRESHOLD),
            prefix_ms=int(_within(turns.prefix_padding_ms, 300, 0, MOST_PREFIX_MS)),
            silence_ms=int(_within(turns.silence_duration_ms, 500, LEAST_SILENCE_MS, MOST_SILENCE_MS)),
        )

    def _shown_turns(self) -> dict[str, Any] | None:
        turns = self.turns
        if turns is None:
            return None
        if turns.type == "semantic_vad":
            return {"type": turns.type, "eagerness": turns.eagerness or "auto"}
        found = self._endpointing
        return {
            "type": turns.type,
            "threshold": found.threshold,
            "prefix_padding_ms": found.prefix_ms,
            "silence_duration_ms": found.silence_ms,
        }

    def _checked_language(self) -> str:
        """The code of the language; empty where none or several are named. Raises ClientError."""
        several = self._transcription.languages or []
        named = self._transcription.language or (several[0] if len(several) == 1 else "")
        code = code_of_tag(named)
        if code and code not in self.languages:
            raise ClientError(
                "invalid_value",
                "This language is not known to the model here. Use a code such as “en”, or leave it out.",
                param="session.audio.input.transcription.language",
            )
        return code


def words_of_prompt(prompt: str) -> list[str]:
    """The words that a prompt lists; none where it is a sentence, which nothing here is told."""
    entries = [entry.strip(" .") for entry in re.split(r"[,;\n]", prompt)]
    entries = [entry for entry in entries if entry]
    is_list = len(entries) > 1 and all(len(entry.split()) <= _MOST_PROMPT_WORDS for entry in entries)
    return entries if is_list else []


def _input(patch: dict[str, Any]) -> dict[str, Any]:
    audio = _object(patch, "audio", "session.audio")
    return _object(audio, "input", "session.audio.input")


def _flat_input(patch: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if (name := patch.get("input_audio_format")) is not None:
        if name not in _FLAT_FORMATS:
            raise ClientError(
                "invalid_value",
                "The format must be pcm16, g711_ulaw or g711_alaw.",
                param="session.input_audio_format",
            )
        found["format"] = _FLAT_FORMATS[name]
    if "input_audio_transcription" in patch:
        found["transcription"] = patch["input_audio_transcription"]
    elif isinstance(patch.get("model"), str):
        found["transcription"] = {"model": patch["model"]}
    if "turn_detection" in patch:
        found["turn_detection"] = patch["turn_detection"]
    return found


def _object(within: dict[str, Any], name: str, param: str) -> dict[str, Any]:
    found = within.get(name) or {}
    if not isinstance(found, dict):
        raise ClientError("invalid_type", f"{name} must be an object.", param=param)
    return found


def _merged_input(before: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    after = {**before, **patch}
    old, new = before.get("transcription"), patch.get("transcription")
    if isinstance(old, dict) and isinstance(new, dict):
        after["transcription"] = {**old, **new}
    old, new = before.get("turn_detection"), patch.get("turn_detection")
    if isinstance(old, dict) and isinstance(new, dict) and _kind(new, old) == _kind(old):
        after["turn_detection"] = {**old, **new}
    return after


def _kind(turns: dict[str, Any], before: dict[str, Any] | None = None) -> object:
    return turns.get("type") or (_kind(before) if before else "server_vad")


def _converted(wanted: dict[str, Any]) -> _Session:
    try:
        return msgspec.convert(wanted, _Session)
    except msgspec.ValidationError as error:
        # Before the place stands what was sent, which may look like one.
        text = str(error)
        said, _, place = text.rpartition(_PLACE) if _PLACE in text else (text, "", "")
        said = shortened(said, _LONGEST_COMPLAINT)
        where = place.strip("`.").replace("input", "audio.input", 1)
        sentence = f"{said}: session.{where}." if where else f"{said}."
        raise ClientError(
            "invalid_value", sentence, param=f"session.{where}" if where else "session"
        ) from None


def _within(value: float | None, default: float, least: float, most: float) -> float:
    return min(max(default if value is None else value, least), most)
