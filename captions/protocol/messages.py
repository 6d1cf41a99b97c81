"""Every message of the wire protocol, version 1 (docs/protocol.md): what a browser may say, and what it is told."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from django.conf import settings

from ..core import listening_options
from ..core.listening_options import Endpointing, EntryError

PROTOCOL = 1

MediaState = Literal["connecting", "live", "stalled", "paused", "ended"]

_MAX_GEN = 2**31 - 1


class MessageError(Exception):
    """A message that cannot be acted on. `message` is a sentence for the person at the browser."""

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable


@dataclass(frozen=True, slots=True)
class Offer:
    """What is None stays as the session has it. `language` is a code, or empty for any language."""

    gen: int
    sdp: str
    language: str | None = None
    endpointing: Endpointing | None = None
    # What people expect to say is as private as what they say.
    vocabulary: tuple[str, ...] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One ICE candidate line; None says that the browser has no more."""

    gen: int
    candidate: str | None


@dataclass(frozen=True, slots=True)
class Control:
    action: Literal["pause", "resume", "stop"]


@dataclass(frozen=True, slots=True)
class Sync:
    after_seq: int


ClientMessage = Offer | Candidate | Control | Sync


def parse(text: str | None) -> ClientMessage:
    """Reads one message of a browser. Raises MessageError."""
    if text is None:
        raise MessageError("malformed", "Messages must be text, not binary.")
    if len(text.encode("utf-8", "surrogatepass")) > settings.LIMIT_MESSAGE_BYTES:
        raise MessageError("too_large", f"A message may have {settings.LIMIT_MESSAGE_BYTES} bytes at most.")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MessageError("malformed", "The message is not JSON.") from error
    if not isinstance(data, dict):
        raise MessageError("malformed", "A message must be a JSON object with a type.")
    match data.get("type"):
        case "offer":
            return _offer(data)
        case "candidate":
            return _candidate(data)
        case "pause" | "resume" | "stop" as action:
            return Control(action)
        case "sync":
            return Sync(_whole(data, "after_seq"))
    raise MessageError(
        "malformed", "The type of the message must be offer, candidate, pause, resume, stop or sync."
    )


def _offer(data: dict[str, Any]) -> Offer:
    sdp = data.get("sdp")
    if not isinstance(sdp, str) or not sdp.startswith("v=0"):
        raise MessageError("malformed", "An offer needs an SDP text.")
    if len(sdp.encode("utf-8", "surrogatepass")) > settings.LIMIT_OFFER_BYTES:
        raise MessageError("too_large", f"An offer may have {settings.LIMIT_OFFER_BYTES} bytes at most.")
    options = data.get("settings", {})
    language = options.get("language") if isinstance(options, dict) else 0
    if not (language is None or (isinstance(language, str) and len(language) <= 8)):
        raise MessageError(
            "malformed", "The settings of an offer must be an object; language is a code such as en."
        )
    gen = _whole(data, "gen", least=1)
    return Offer(gen, sdp, language, _endpointing(options), _vocabulary(options))


def _endpointing(options: dict[str, Any]) -> Endpointing | None:
    wanted = options.get("endpointing")
    if wanted is None:
        return None
    if not isinstance(wanted, dict):
        raise MessageError("malformed", "The endpointing of an offer must be an object.")
    least, most = listening_options.LEAST_THRESHOLD, listening_options.MOST_THRESHOLD
    threshold = wanted.get("threshold")
    if threshold is not None and (
        not isinstance(threshold, int | float)
        or isinstance(threshold, bool)
        or not least <= threshold <= most
    ):
        raise MessageError("malformed", f"threshold must be a number from {least} to {most}.")
    return Endpointing(
        None if threshold is None else float(threshold),
        _milliseconds(wanted, "prefix_ms", 0, listening_options.MOST_PREFIX_MS),
        _milliseconds(
            wanted, "silence_ms", listening_options.LEAST_SILENCE_MS, listening_options.MOST_SILENCE_MS
        ),
    )


def _milliseconds(wanted: dict[str, Any], name: str, least: int, most: int) -> int | None:
    value = wanted.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise MessageError(
            "malformed", f"{name} must be a whole number of milliseconds from {least} to {most}."
        )
    return value


def _vocabulary(options: dict[str, Any]) -> tuple[str, ...] | None:
    entries = options.get("vocabulary")
    if entries is None:
        return None
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise MessageError("malformed", "The vocabulary of an offer must be a list of texts.")
    if len(entries) > listening_options.MOST_WORDS:
        raise MessageError(
            "too_large",
            f"A vocabulary may have {listening_options.MOST_WORDS} entries at most, not {len(entries)}.",
        )
    words = []
    for number, entry in enumerate(entries, 1):
        try:
            words.append(listening_options.word_to_expect(entry))
        except EntryError as error:
            raise MessageError("malformed", error.of(f"Entry {number} of the vocabulary")) from error
    return listening_options.joined(words)


def _candidate(data: dict[str, Any]) -> Candidate:
    candidate = data.get("candidate")
    if isinstance(candidate, dict):
        candidate = candidate.get("candidate")
    if candidate is not None and not isinstance(candidate, str):
        raise MessageError("malformed", "A candidate must be text, or null at the end.")
    if candidate and len(candidate.encode("utf-8", "surrogatepass")) > settings.LIMIT_CANDIDATE_BYTES:
        raise MessageError(
            "too_large", f"A candidate may have {settings.LIMIT_CANDIDATE_BYTES} bytes at most."
        )
    return Candidate(_whole(data, "gen", least=1), candidate or None)


def _whole(data: dict[str, Any], name: str, least: int = 0) -> int:
    value = data.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= _MAX_GEN:
        raise MessageError("malformed", f"{name} must be a whole number, at least {least}.")
    return value


def ready(
    *, session: str, state: str, gen: int, last_seq: int, clock_ms: int, ice_servers: list[dict[str, Any]]
) -> dict[str, Any]:
    """The first message on a socket; the next offer must have a higher gen.

    `state` is new (nothing was said yet), live, paused, lost (it goes on with a new offer) or ended.
    """
    return {
        "type": "ready",
        "protocol": PROTOCOL,
        "session": session,
        "state": state,
        "gen": gen,
        "last_seq": last_seq,
        "clock_ms": clock_ms,
        "ice_servers": ice_servers,
        "limits": {
            "message_bytes": settings.LIMIT_MESSAGE_BYTES,
            "offer_bytes": settings.LIMIT_OFFER_BYTES,
            "candidate_bytes": settings.LIMIT_CANDIDATE_BYTES,
            "candidates": settings.LIMIT_CANDIDATES,
            "session_seconds": settings.LIMIT_SESSION_SECONDS,
            "resume_seconds": settings.RESUME_SECONDS,
        },
    }


def answer(gen: int, sdp: str) -> dict[str, Any]:
    return {"type": "answer", "gen": gen, "sdp": sdp}


def media(state: MediaState, *, gen: int, clock_ms: int, reason: str = "") -> dict[str, Any]:
    """The state of the sound; `reason` says why it ended: stopped, silence, limit, lost, deleted or server."""
    return {"type": "media", "state": state, "gen": gen, "clock_ms": clock_ms, "reason": reason}


def speech(state: Literal["started", "stopped"], at_ms: int) -> dict[str, Any]:
    return {"type": "speech", "state": state, "at_ms": at_ms}


def partial(*, utterance: str, start_ms: int, stable: str, tentative: str) -> dict[str, Any]:
    """Live text of one utterance: `stable` only ever grows; both empty takes the utterance off the page."""
    return {
        "type": "partial",
        "utterance": utterance,
        "start_ms": start_ms,
        "stable": stable,
        "tentative": tentative,
    }


def final(
    *,
    seq: int,
    utterance: str,
    start_ms: int,
    end_ms: int,
    text: str,
    words: list[dict[str, Any]],
    confidence: float | None,
    language: str,
    version: int = 1,
) -> dict[str, Any]:
    """A saved utterance, as it stands in the database; of two with one seq the one with the higher version holds."""
    return {
        "type": "final",
        "seq": seq,
        "utterance": utterance,
        "start_ms": start_ms,
        "end_ms": end_ms,
        "text": text,
        "words": words,
        "confidence": confidence,
        "language": language,
        "version": version,
    }


def recovered(*, start_ms: int, end_ms: int) -> dict[str, Any]:
    """All that was found in the sound of a stretch that no worker had written down; its finals came before."""
    return {"type": "recovered", "start_ms": start_ms, "end_ms": end_ms}


def error(code: str, message: str, *, retryable: bool = False) -> dict[str, Any]:
    return {"type": "error", "code": code, "message": message, "retryable": retryable}
