"""Every message of the wire protocol, version 1 (docs/protocol.md): what a browser may say, and what it is told."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from django.conf import settings
from msgspec import Meta, Struct
from msgspec.structs import replace

from ..core.errors import ProtocolError
from ..core.json_text import decoded
from ..core.vocabulary import MOST_WORDS, EntryError, joined, vocabulary_entry
from ..speech.cleaning import CleaningKind
from .endpointing import (
    LEAST_SILENCE_MS,
    LEAST_THRESHOLD,
    MOST_PREFIX_MS,
    MOST_SILENCE_MS,
    MOST_THRESHOLD,
    Endpointing,
)

PROTOCOL = 1
CHANNEL = "whisperstream.v1"
"""The label of the data channel that a page may open beside its socket."""

MediaState = Literal["connecting", "live", "stalled", "paused", "ended"]

_MOST = 2**31 - 1
_Gen = Annotated[int, Meta(ge=1, le=_MOST)]


class MessageError(ProtocolError):
    """A message that cannot be acted on. `message` is a sentence for the person at the browser.

    `running` are their own sessions that stand in the way: the id and what to call it.
    """

    def __init__(
        self, code: str, message: str, *, retryable: bool = False, running: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(code, message, retryable=retryable)
        self.running = running


class Settings(Struct, frozen=True):
    """How to listen. What is None stays as the session has it. `language` is a code, or empty for any language.

    `shared` says that the sound has two channels: the microphone, and what a tab or the computer plays. `taped` says
    that the page has recorded what no worker heard, and delivers it soon. `translate` says whether finals in other
    languages are translated into English, `cleaning` which noise is taken out before the sound is recognised; empty as
    in the account.
    """

    language: Annotated[str, Meta(max_length=8)] | None = None
    endpointing: Endpointing | None = None
    vocabulary: tuple[str, ...] | None = None
    commands: bool | None = None
    translate: bool | None = None
    cleaning: CleaningKind | Literal[""] | None = None
    shared: bool = False
    taped: bool = False

    def __repr__(self) -> str:
        # What people expect to say is as private as what they say.
        return f"Settings(language={self.language!r}, endpointing={self.endpointing!r})"


_Time = Annotated[int, Meta(ge=0, le=_MOST)]
MOST_OUTAGES = 200
"""The most time ranges in a message about outages, and of one session."""


class Offer(Struct, frozen=True, tag="offer"):
    gen: _Gen
    sdp: Annotated[str, Meta(pattern="^v=0")]
    settings: Settings = Settings()


class Candidate(Struct, frozen=True, tag="candidate"):
    """One ICE candidate line; None says that the browser has no more."""

    gen: _Gen
    candidate: str | None = None


class Pause(Struct, frozen=True, tag="pause"):
    action: ClassVar[Literal["pause"]] = "pause"


class Resume(Struct, frozen=True, tag="resume"):
    action: ClassVar[Literal["resume"]] = "resume"


class Stop(Struct, frozen=True, tag="stop"):
    action: ClassVar[Literal["stop"]] = "stop"


class Sync(Struct, frozen=True, tag="sync"):
    after_seq: Annotated[int, Meta(ge=0, le=_MOST)]


class Outages(Struct, frozen=True, tag="outages"):
    """The time ranges in which nothing was recorded, as (start, end) in milliseconds of the session."""

    ranges: Annotated[tuple[tuple[_Time, _Time], ...], Meta(max_length=MOST_OUTAGES)]


class OpenSound(Struct, frozen=True, tag="open"):
    """The first message of a sound socket, in place of an offer: packets follow once it is answered.

    `clock` names the page's recording: over all sockets with the same name, positions are of one clock.
    """

    gen: _Gen
    clock: Annotated[str, Meta(pattern="^[0-9a-zA-Z-]{8,40}$")]
    settings: Settings = Settings()


Control = Pause | Resume | Stop
ClientMessage = Offer | Candidate | Control | Sync | Outages

# By SOUND_ROAD.
_ROADS = {
    "auto": ("webrtc", "websocket"),
    "webrtc": ("webrtc",),
    "websocket": ("websocket",),
}
_MILLISECONDS = "{} must be a whole number of milliseconds from {} to {}."
_SETTINGS = "The settings of an offer must be an object; language is a code such as en."
_WRONG = {
    "type": "The type of the message must be offer, candidate, pause, resume, stop, sync or outages.",
    "gen": "gen must be a whole number, at least 1.",
    "after_seq": "after_seq must be a whole number, at least 0.",
    "ranges": "ranges must be a list of pairs of milliseconds.",
    "candidate": "A candidate must be text, or null at the end.",
    "clock": "clock must be a name of 8 to 40 letters, digits and hyphens.",
    "sdp": "An offer needs an SDP text.",
    "settings": _SETTINGS,
    "settings.language": _SETTINGS,
    "settings.commands": "commands must be true or false.",
    "settings.translate": "translate must be true or false.",
    "settings.cleaning": "cleaning must be off, near, far, or empty.",
    "settings.shared": "shared must be true or false.",
    "settings.taped": "taped must be true or false.",
    "settings.vocabulary": "The vocabulary of an offer must be a list of texts.",
    "settings.endpointing": "The endpointing of an offer must be an object.",
    "settings.endpointing.threshold": f"threshold must be a number from {LEAST_THRESHOLD} to {MOST_THRESHOLD}.",
    "settings.endpointing.prefix_ms": _MILLISECONDS.format("prefix_ms", 0, MOST_PREFIX_MS),
    "settings.endpointing.silence_ms": _MILLISECONDS.format("silence_ms", LEAST_SILENCE_MS, MOST_SILENCE_MS),
}
"""What to say of a message by the field that is wrong with it."""
_FIELD = re.compile(r"(?:\$\.)?([a-z_.]+)")


def parse(text: str | None) -> ClientMessage:
    """Reads one message of a browser. Raises MessageError."""
    data = _decoded(text)
    if isinstance(data, dict) and isinstance(data.get("candidate"), dict):
        # An RTCIceCandidateInit.
        data["candidate"] = data["candidate"].get("candidate")
    message: ClientMessage = _converted(data, ClientMessage)
    match message:
        case Offer(sdp=sdp, settings=Settings(vocabulary=entries) as wanted):
            _bound("An offer", sdp, settings.LIMIT_OFFER_BYTES)
            return replace(message, settings=replace(wanted, vocabulary=_vocabulary(entries)))
        case Candidate(candidate=line):
            _bound("A candidate", line or "", settings.LIMIT_CANDIDATE_BYTES)
            return replace(message, candidate=line or None)
    return message


def parse_opening(text: str | None) -> tuple[Offer, str]:
    """Reads the first message of a sound socket: an offer without an SDP, and its clock. Raises MessageError."""
    data = _decoded(text)
    if not isinstance(data, dict) or data.get("type") != "open":
        raise MessageError("malformed", "The first message of a sound socket must be open.")
    opening: OpenSound = _converted(data, OpenSound)
    wanted = replace(opening.settings, vocabulary=_vocabulary(opening.settings.vocabulary))
    return Offer(opening.gen, "", wanted), opening.clock


def parse_on_channel(text: str | None) -> Control | Sync:
    """Reads one message of a browser that came over its data channel. Raises MessageError."""
    message = parse(text)
    if not isinstance(message, Control | Sync):
        raise MessageError("malformed", "Send this message over the WebSocket.")
    return message


def parse_of_device(text: str | None) -> Offer | Candidate | Control | Sync:
    """Reads one message of a device that has joined a dictation. Raises MessageError."""
    message = parse(text)
    if isinstance(message, Outages):
        sentence = "A second device may send offer, candidate, pause, resume, stop and sync only."
        raise MessageError("malformed", sentence)
    return message


def _decoded(text: str | None) -> Any:
    if text is None:
        raise MessageError("malformed", "Messages must be text, not binary.")
    _bound("A message", text, settings.LIMIT_MESSAGE_BYTES)
    try:
        return decoded(text)
    except ValueError as error:
        raise MessageError("malformed", "The message is not JSON.") from error


def _converted(data: Any, kind: Any) -> Any:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        # What msgspec says ends with the field, and has what was sent before it.
        field = _FIELD.match(str(error).removesuffix("`").rpartition("`")[2])
        sentence = _WRONG.get(field[1] if field else "", "A message must be a JSON object with a type.")
        raise MessageError("malformed", sentence) from None


def _bound(what: str, text: str, most_bytes: int) -> None:
    if len(text.encode("utf-8", "surrogatepass")) > most_bytes:
        raise MessageError("too_large", f"{what} may have {most_bytes} bytes at most.")


def _vocabulary(entries: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if entries is None:
        return None
    if len(entries) > MOST_WORDS:
        raise MessageError(
            "too_large", f"A vocabulary may have {MOST_WORDS} entries at most, not {len(entries)}."
        )
    words = []
    for number, entry in enumerate(entries, 1):
        try:
            words.append(vocabulary_entry(entry))
        except EntryError as error:
            raise MessageError("malformed", error.of(f"Entry {number} of the vocabulary")) from error
    return joined(words)


def ready(
    *,
    session: str,
    state: str,
    gen: int,
    last_seq: int,
    clock_ms: int,
    ice_servers: list[dict[str, Any]],
    recovering: bool = False,
    safe_ms: int = 0,
    outages: list[list[int]] | None = None,
) -> dict[str, Any]:
    """The first message on a socket; the next offer must have a higher gen.

    `state` is new (nothing was said yet), live, paused, lost (it goes on with a new offer) or ended. `recovering` if
    words are still to be transcribed from the recording. `safe_ms` is as in `safe`. `outages` are the [start, end] in
    milliseconds in which nothing was recorded.
    """
    return {
        "type": "ready",
        "protocol": PROTOCOL,
        "session": session,
        "state": state,
        "gen": gen,
        "last_seq": last_seq,
        "clock_ms": clock_ms,
        "recovering": recovering,
        "safe_ms": safe_ms,
        "outages": outages or [],
        "ice_servers": ice_servers,
        "roads": sound_roads(),
        "limits": {
            "message_bytes": settings.LIMIT_MESSAGE_BYTES,
            "offer_bytes": settings.LIMIT_OFFER_BYTES,
            "candidate_bytes": settings.LIMIT_CANDIDATE_BYTES,
            "candidates": settings.LIMIT_CANDIDATES,
            "session_seconds": settings.LIMIT_SESSION_SECONDS,
            "resume_seconds": settings.RESUME_SECONDS,
        },
    }


def sound_roads() -> list[str]:
    """On which roads a page may send its sound, the first choice first."""
    return list(_ROADS[settings.SOUND_ROAD])


def alive() -> dict[str, Any]:
    """Nothing else was said for a while, but the socket is there."""
    return {"type": "alive"}


def opened(gen: int) -> dict[str, Any]:
    """The packets of a sound socket may come."""
    return {"type": "opened", "gen": gen}


def heard(gen: int, *, position: int, clock_ms: int) -> dict[str, Any]:
    """The packets of a sound socket were heard up to `position`, which is `clock_ms` on the session's clock."""
    return {"type": "heard", "gen": gen, "position": position, "clock_ms": clock_ms}


def skipped(gen: int, *, position: int) -> dict[str, Any]:
    """The packets of a sound socket up to `position` are too old to be heard."""
    return {"type": "skipped", "gen": gen, "position": position}


def answer(gen: int, sdp: str, *, source: str = "") -> dict[str, Any]:
    return _of_device({"type": "answer", "gen": gen, "sdp": sdp}, source)


def feed(address: str) -> dict[str, Any]:
    """Where an audio worker waits for the sound of a session, as host:port. For web processes, never for browsers."""
    return {"type": "feed", "address": address}


def media(
    state: MediaState,
    *,
    gen: int,
    clock_ms: int,
    reason: str = "",
    kept: bool = True,
    continues: int = 0,
    source: str = "",
) -> dict[str, Any]:
    """The state of the sound; with a `source`, of that of a device that has joined the session.

    `reason` says why it ended: stopped, silence, limit, lost, deleted, trashed or server.
    `kept` is sent only if it is False: nothing was said, so the session is deleted. `continues` is sent only if it is
    known: the gen of the connection since whose first sound none is missing, which may be this one.
    """
    said = {"type": "media", "state": state, "gen": gen, "clock_ms": clock_ms, "reason": reason}
    payload = _of_device(said, source)
    if continues:
        payload["continues"] = continues
    return payload if kept else {**payload, "kept": False}


def speech(state: Literal["started", "stopped"], at_ms: int, *, shared: bool = False) -> dict[str, Any]:
    return _of_source({"type": "speech", "state": state, "at_ms": at_ms}, shared=shared)


def settled(at_ms: int, *, shared: bool = False) -> dict[str, Any]:
    """All text of the speech that was said to have stopped at `at_ms` was told. For programs, never for browsers."""
    return _of_source({"type": "settled", "at_ms": at_ms}, shared=shared)


def partial(
    *,
    utterance: str,
    start_ms: int,
    stable: str,
    tentative: str,
    language: str = "",
    shared: bool = False,
) -> dict[str, Any]:
    """Live text of one utterance: `stable` only ever grows; both empty takes the utterance off the page.

    `language` is the code of the language that is heard now, empty if unknown.
    """
    payload = {
        "type": "partial",
        "utterance": utterance,
        "start_ms": start_ms,
        "stable": stable,
        "tentative": tentative,
        "language": language,
    }
    return _of_source(payload, shared=shared)


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
    shared: bool = False,
    translation: str = "",
    command: Mapping[str, str] | None = None,
    speaker: int = 0,
    who: str = "",
) -> dict[str, Any]:
    """A saved utterance, as it stands in the database; of two with one seq the one with the higher version holds.

    `translation` is sent only if there is one: mostly it comes later, with the same final once more. `command` is sent
    only if it was one by itself: what it has done (`does`), and the `change` that takes it back. `speaker`, the number
    of the voice, and `who` it is are sent only if they are known.
    """
    payload: dict[str, Any] = {
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
    if translation:
        payload["translation"] = translation
    if command:
        payload["command"] = dict(command)
    if speaker:
        payload["speaker"] = speaker
    if who:
        payload["who"] = who
    return _of_source(payload, shared=shared)


def speakers(listed: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What those are called now who speak: `{shared, number, name}` of each."""
    return {"type": "names", "speakers": [dict(each) for each in listed]}


def _of_source(payload: dict[str, Any], *, shared: bool) -> dict[str, Any]:
    """`shared` is sent only if it is True: these words are from the shared sound, not from the microphone."""
    return {**payload, "shared": True} if shared else payload


def _of_device(payload: dict[str, Any], source: str) -> dict[str, Any]:
    """`source` is sent only if it is not the device with which the session began."""
    return {**payload, "source": source} if source else payload


def recovered(*, start_ms: int, end_ms: int, delivered: bool = False) -> dict[str, Any]:
    """All that was found in the sound of a stretch that no worker had written down; its finals came before.

    `delivered` is sent only if it is True: a page had recorded that sound, and delivered it.
    """
    payload = {"type": "recovered", "start_ms": start_ms, "end_ms": end_ms}
    return {**payload, "delivered": True} if delivered else payload


def safe(clock_ms: int) -> dict[str, Any]:
    """Up to there all that has arrived is saved, or noted to be recovered; what did not arrive may be delivered."""
    return {"type": "safe", "clock_ms": clock_ms}


def sound_kept() -> dict[str, Any]:
    """The sound is recorded again, after the error `sound_not_kept`."""
    return {"type": "sound_kept"}


def error(
    code: str,
    message: str,
    *,
    retryable: bool = False,
    running: Sequence[tuple[str, str]] = (),
    source: str = "",
) -> dict[str, Any]:
    said: dict[str, Any] = {"type": "error", "code": code, "message": message, "retryable": retryable}
    said = _of_device(said, source)
    if running:
        said["running"] = [{"session": session, "title": title} for session, title in running]
    return said
