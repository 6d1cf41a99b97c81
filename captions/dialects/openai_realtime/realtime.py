"""One session of the Realtime API: what a client says and is told, and what is to be done for it."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...audio.pcm_stream import PcmStream
from ...core.json_text import decoded
from ...speech.ring import Samples
from .configuration import Configuration, Wishes
from .errors import ClientError
from .identifiers import new_id
from .items import Items
from .writer import Event, Writer

LEAST_COMMIT_MS = 100
"""Less sound cannot be committed."""
_MOST_COMPLAINTS = 32
_LONGEST_ID = 512
_TIMES = ("at_ms", "start_ms", "end_ms")
# Which of these a session has says of which form it is.
_CURRENT = ("type", "audio")
_FLAT = ("input_audio_format", "input_audio_transcription", "input_audio_noise_reduction", "turn_detection")


@dataclass(frozen=True, slots=True)
class Push:
    """Sound is to be passed on: int16 mono at 16 kHz, shape (n,)."""

    samples: Samples


@dataclass(frozen=True, slots=True)
class Flush:
    """All text of the sound so far is to be asked for, and then `tell` called with `flushed`."""


Effect = Push | Flush | Wishes | None
"""What is to be done for a client's message. `Wishes` hold from here on."""


class Realtime:
    """Takes the messages of a client (`take`) and of an audio worker (`tell`); returns the events for the client.

    `configuration` is what it begins with. `is_beta` chooses the events of OpenAI's beta; a client that sends events
    of the beta gets them too. With `brings_sound` the sound comes as events, and `clock_ms` counts it; else it comes
    otherwise, and `clock_ms` must be set to how much of it came before each call.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        expires_at: int,
        is_beta: bool = False,
        brings_sound: bool = True,
        make_id: Callable[[str], str] = new_id,
    ) -> None:
        """`expires_at` is when the session ends at the latest, in seconds since 1970."""
        self.clock_ms = 0
        self._configuration = configuration
        self._expires_at = expires_at
        self._brings_sound = brings_sound
        self._writer = Writer(is_beta=is_beta, make_id=make_id)
        self._items = Items(self._writer)
        self._id = make_id("sess")
        self._is_flat = is_beta
        self._heard_ms = 0.0
        self._offset_ms = 0
        self._complained: set[str] = set()
        self._adopt(configuration)

    @property
    def wishes(self) -> Wishes:
        """How the client wants its sound to be listened to now."""
        return self._configuration.wishes

    def begin(self) -> list[Event]:
        """The first events."""
        self._tell_session("transcription_session" if self._is_flat else "session", "created")
        return self._writer.take()

    def take(self, text: str) -> tuple[list[Event], Effect]:
        """Takes a message of the client. What is wrong with it is told to the client, and has no effect."""
        event: dict[str, Any] = {}
        effect: Effect = None
        try:
            event = _decoded(text)
            effect = self._obey(event)
        except ClientError as error:
            self._complain(error, event.get("event_id"))
        return self._writer.take(), effect

    def tell(self, told: dict[str, Any]) -> list[Event]:
        """Takes a message of an audio worker, or `flushed`. Messages of other types say nothing to a client.

        After the last message of a worker, those of another one may follow, whose clock begins there.
        """
        if self._offset_ms:
            told = {**told, **{name: told[name] + self._offset_ms for name in _TIMES if name in told}}
        match told:
            case {"shared": True}:
                pass
            case {"type": "speech", "state": "started", "at_ms": at_ms}:
                self._items.started(at_ms)
            case {"type": "speech", "state": "stopped", "at_ms": at_ms}:
                self._items.stopped(at_ms)
            case {"type": "settled", "at_ms": at_ms}:
                self._items.settled(at_ms)
            case {"type": "partial"}:
                self._items.partial(told)
            case {"type": "final", "version": 1}:
                self._items.final(told)
            case {"type": "flushed"}:
                self._items.flushed()
            case {"type": "error", "code": "not_transcribed", "message": sentence}:
                self._items.not_transcribed(sentence)
            case {"type": "error", "code": "worker_lost", "message": sentence}:
                self._end(sentence)
            case {"type": "media", "state": "ended"}:
                self._end()
        return self._writer.take()

    def refuse(self, code: str, sentence: str, *, kind: str = "server_error") -> list[Event]:
        """Tells that something went wrong which no message of the client is to blame for."""
        self._writer.error(code, sentence, kind=kind)
        return self._writer.take()

    def _end(self, lost: str = "") -> None:
        self._items.end(self.clock_ms, lost)
        self._offset_ms = self.clock_ms

    def _obey(self, event: dict[str, Any]) -> Effect:
        match event["type"]:
            case "session.update":
                session = event.get("session")
                keys = session.keys() if isinstance(session, dict) else frozenset[str]()
                is_flat = self._is_flat if keys.isdisjoint(_CURRENT) else False
                if keys.isdisjoint(_CURRENT) and not keys.isdisjoint(_FLAT):
                    is_flat = self._writer.tells_drafts = True
                return self._update(session, "session", is_flat=is_flat)
            case "transcription_session.update":
                return self._update(event.get("session"), "transcription_session", is_flat=True)
            case "input_audio_buffer.append":
                return self._append(event.get("audio"))
            case "input_audio_buffer.commit":
                return self._commit()
            case "input_audio_buffer.clear":
                is_dropping = self._items.clear(self.clock_ms)
                self._writer.say("input_audio_buffer.cleared")
                return Flush() if is_dropping else None
            case "conversation.item.retrieve":
                self._retrieve(event.get("item_id"))
            case "response.create":
                sentence = "This server writes down what is said. It does not answer."
                raise ClientError("responses_not_supported", sentence, once="response.create")
            case kind:
                sentence = "There is no such event here."
                raise ClientError("unknown_event", sentence, param="type", once=kind[:_LONGEST_ID])
        return None

    def _update(self, session: object, name: str, *, is_flat: bool) -> Effect:
        configuration = self._configuration.merged(session, flat=is_flat)
        self._is_flat = self._writer.is_beta = is_flat
        before = self.wishes
        self._adopt(configuration)
        self._tell_session(name, "updated")
        return None if self.wishes == before else self.wishes

    def _adopt(self, configuration: Configuration) -> None:
        sound = (configuration.encoding, configuration.rate)
        if sound != (self._configuration.encoding, self._configuration.rate) or not self._heard_ms:
            self._sound = PcmStream(*sound)
        self._configuration = configuration
        self._items.turns = configuration.turns is not None
        self._items.is_live = configuration.is_live
        self._items.wants_probabilities = configuration.wants_probabilities
        self._items.prefix_ms, self._items.silence_ms = configuration.prefix_ms, configuration.silence_ms

    def _append(self, audio: object) -> Effect:
        if not self._brings_sound:
            sentence = "Sound comes over the connection for media here, not as events."
            raise ClientError("unknown_event", sentence, param="type", once="append")
        try:
            data = base64.b64decode(audio if isinstance(audio, str) else "-", validate=True)
        except (binascii.Error, ValueError):
            sentence = "audio must be text in base64: the bytes of your sound."
            raise ClientError("invalid_value", sentence, param="audio", once="audio") from None
        width = 2 if self._configuration.encoding == "s16" else 1
        self._heard_ms += len(data) / width / self._configuration.rate * 1000
        self.clock_ms = int(self._heard_ms)
        return Push(self._sound.push(data))

    def _commit(self) -> Effect:
        if (new_ms := self.clock_ms - self._items.since_ms) < LEAST_COMMIT_MS:
            raise ClientError(
                "input_audio_buffer_commit_empty",
                f"Nothing can be committed: at least {LEAST_COMMIT_MS} ms of sound are needed, "
                f"and there are {max(new_ms, 0)} ms since the last item.",
            )
        self._items.commit(self.clock_ms)
        return Flush()

    def _retrieve(self, item_id: object) -> None:
        item = self._items.item(str(item_id))
        if item is None:
            raise ClientError("item_not_found", "There is no such item any more.", param="item_id")
        self._writer.say("conversation.item.retrieved", item=item)

    def _tell_session(self, name: str, what: str) -> None:
        shown = self._configuration.shown(self._id, self._expires_at, flat=self._is_flat)
        self._writer.say(f"{name}.{what}", session=shown)

    def _complain(self, error: ClientError, event_id: object) -> None:
        if error.once in self._complained or len(self._complained) >= _MOST_COMPLAINTS:
            return
        if error.once:
            self._complained.add(error.once)
        is_id = isinstance(event_id, str) and len(event_id) <= _LONGEST_ID
        self._writer.error(
            error.code, str(error), param=error.param, event_id=str(event_id) if is_id else None
        )


def _decoded(text: str) -> dict[str, Any]:
    try:
        event = decoded(text)
    except ValueError as error:
        raise ClientError("invalid_json", "The message is not JSON.", once="json") from error
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        sentence = "A message must be an object with a type."
        raise ClientError("invalid_event", sentence, param="type", once="object")
    return event
