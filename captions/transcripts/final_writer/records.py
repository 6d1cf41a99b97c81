"""What a live session gives the final writer: finals, and updates of the session."""

import json
import math
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import msgspec

from ...protocol import messages
from ...speech.origin import NO_ORIGIN, Origin
from ...speech.types import TimeRange, Word

if TYPE_CHECKING:
    from ...speech.passage import Passage


@dataclass(frozen=True, slots=True)
class Obeyed:
    """A spoken command that was obeyed: what it `does`, as in `captions.commands.tables`, and the `change` of it.

    Of an own action it is `send`, or `ask` without a change as long as it waits for a yes, and `name` is the action's.
    """

    does: str
    change: str = ""
    name: str = ""

    def message(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class FinalRecord:
    """A final to be saved; times are in session time."""

    session_id: UUID
    key: UUID
    """The id of the utterance in partials; the final writer saves only one final per key."""
    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...]
    confidence: float | None
    """The mean probability of the words, 0 to 1; None without words."""
    language: str
    """A language code such as "en"; empty if unknown."""
    settled_ms: int | None = None
    """The session time up to which the audio worker has decoded the sound and sent all finals. None if the final does
    not come from the session's worker, the only one to know."""
    shared: bool = False
    """Whether it is from the shared sound, rather than from the microphone."""
    version: int = 1
    """The version of its text, once it is saved: higher where replacements or spoken commands have changed it."""
    command: Obeyed | None = None
    """The command that it was, once it is saved."""
    speaker: int = 0
    """Which voice of its source it is, from 1; 0 where its voices were not told apart."""

    @classmethod
    def of(cls, session_id: UUID, passage: "Passage") -> "FinalRecord":
        """A record with a new key for a passage of a whole file."""
        return cls(
            session_id=session_id,
            key=uuid4(),
            start_ms=passage.start_ms,
            end_ms=passage.end_ms,
            text=passage.text,
            words=passage.words,
            confidence=passage.confidence,
            language=passage.language,
            shared=passage.shared,
            speaker=passage.speaker,
        )

    def message(self, seq: int, translation: str = "") -> dict[str, Any]:
        """The protocol's `final` message, which pages receive once it is saved, and again with its translation."""
        return messages.final(
            seq=seq,
            utterance=str(self.key),
            start_ms=self.start_ms,
            end_ms=self.end_ms,
            text=self.text,
            words=[asdict(word) for word in self.words],
            confidence=self.confidence,
            language=self.language,
            shared=self.shared,
            translation=translation,
            version=self.version,
            command=self.command.message() if self.command else None,
        )

    def to_json(self) -> str:
        """The record as one line of JSON, without a line end."""
        # Not msgspec's own JSON, which refuses the lone surrogates and infinities that models may return.
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, line: str) -> "FinalRecord":
        """The record in a line of `to_json`. Raises ValueError for anything else."""
        return msgspec.convert(json.loads(line), cls)

    def storable(self) -> "FinalRecord":
        """The same final without values that PostgreSQL refuses: NUL, lone surrogates, infinities, NaN."""
        return replace(
            self,
            end_ms=max(self.end_ms, self.start_ms + 1),
            text=_storable(self.text),
            words=tuple(
                replace(word, text=_storable(word.text), probability=_finite(word.probability) or 0.0)
                for word in self.words
            ),
            confidence=_finite(self.confidence),
            language=_storable(self.language)[:8],
        )


def _storable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class Translation:
    """What a final means in English."""

    key: UUID
    """That of the final."""
    text: str

    def storable(self) -> "Translation":
        """The same without what PostgreSQL refuses."""
        return replace(self, text=_storable(self.text))


@dataclass(frozen=True, slots=True)
class DeviceNote:
    """How a session hears two devices."""

    mode: str
    stretches: tuple[tuple[int, str], ...]
    """As `Session.device_modes`."""


@dataclass(frozen=True, slots=True)
class SessionUpdate:
    """The state of a live session, written regularly as a sign of life."""

    session_id: UUID
    clock_ms: int | None
    """The session clock, at `clock_at` if it is running; None leaves it, and `paused`, as they are."""
    clock_at: datetime | None
    """The time since which the clock has been running; None while it stands still."""
    paused: bool = False
    """Whether the user has paused the session."""
    ended_at: datetime | None = None
    """The end of the session; None while it goes on."""
    language: str | None = None
    """The language to decode in from now on; None leaves it as it is."""
    settled_ms: int | None = None
    """The session time up to which all speech is saved or listed in `undecoded`; None leaves it as it is."""
    continuations: int | None = None
    """How often the session had been continued when the worker took it: it does not end one that was continued since.
    None if that is not known."""
    undecoded: tuple[TimeRange, ...] = ()
    """The time ranges of utterances whose sound is recorded but could not be decoded."""
    translations: tuple[Translation, ...] = ()
    """Translations of finals that are saved."""
    origin: Origin = NO_ORIGIN
    """What has written its text since the update before."""
    devices: DeviceNote | None = None
    """How it hears two devices from now on; None leaves it as it is."""

    def over(self, earlier: "SessionUpdate | None") -> "SessionUpdate":
        """This update merged with an earlier, unwritten one: fields that only the earlier one sets are kept."""
        if earlier is None:
            return self
        went_on = earlier.continuations is not None and (self.continuations or 0) > earlier.continuations
        if self.clock_ms is None:
            self = replace(self, clock_ms=earlier.clock_ms, clock_at=earlier.clock_at, paused=earlier.paused)
        return replace(
            self,
            ended_at=self.ended_at or (None if went_on else earlier.ended_at),
            language=earlier.language if self.language is None else self.language,
            settled_ms=earlier.settled_ms if self.settled_ms is None else self.settled_ms,
            continuations=earlier.continuations if self.continuations is None else self.continuations,
            undecoded=earlier.undecoded + self.undecoded,
            translations=earlier.translations + self.translations,
            origin=earlier.origin + self.origin,
            devices=self.devices or earlier.devices,
        )
