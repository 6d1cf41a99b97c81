"""What a live session hands over for keeping."""

import json
import math
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import msgspec

from ...protocol import messages
from ...speech.types import TimeRange, Word

if TYPE_CHECKING:
    from ...speech.passage import Passage


@dataclass(frozen=True, slots=True)
class FinalRecord:
    """One utterance, final, in session time. `key` is the name that its live text had; it is saved once a key.

    `settled_ms` is how far its sound reached: up to there its worker has settled what was said, as nobody else but the
    session's worker can say.
    """

    session_id: UUID
    key: UUID
    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...]
    confidence: float | None
    language: str
    settled_ms: int | None = None

    @classmethod
    def of(cls, session_id: UUID, passage: "Passage") -> "FinalRecord":
        """What was heard in sound that is whole: nobody has given it a name yet."""
        return cls(
            session_id=session_id,
            key=uuid4(),
            start_ms=passage.start_ms,
            end_ms=passage.end_ms,
            text=passage.text,
            words=passage.words,
            confidence=passage.confidence,
            language=passage.language,
        )

    def message(self, seq: int) -> dict[str, Any]:
        """What pages are told of it once it is saved."""
        return messages.final(
            seq=seq,
            utterance=str(self.key),
            start_ms=self.start_ms,
            end_ms=self.end_ms,
            text=self.text,
            words=[asdict(word) for word in self.words],
            confidence=self.confidence,
            language=self.language,
        )

    def to_json(self) -> str:
        """One line without a line end."""
        # Not msgspec's own JSON: it has no half characters and no endless numbers, which models may come up with.
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, line: str) -> "FinalRecord":
        """Raises ValueError for what `to_json` did not write."""
        return msgspec.convert(json.loads(line), cls)

    def storable(self) -> "FinalRecord":
        """The same final without what PostgreSQL refuses: NUL, half characters, endless or missing numbers."""
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
class SessionUpdate:
    """A sign of life of a session, and how its clock stands.

    The clock runs on from `clock_ms` since `clock_at`, or stands still where that is None. `ended_at` ends the
    session. `language`, when given, is the language to decode in from now on. `paused` is the speaker's wish.
    `settled_ms`, when given, is how far all that was said is saved, was nothing, or is among `undecoded`: the
    utterances, each from when to when, of which the sound is kept and could not be decoded.
    """

    session_id: UUID
    clock_ms: int
    clock_at: datetime | None
    paused: bool = False
    ended_at: datetime | None = None
    language: str | None = None
    settled_ms: int | None = None
    undecoded: tuple[TimeRange, ...] = ()

    def over(self, earlier: "SessionUpdate | None") -> "SessionUpdate":
        """This update with what an earlier one that was not written yet had to say beyond it."""
        if earlier is None:
            return self
        return replace(
            self,
            ended_at=self.ended_at or earlier.ended_at,
            language=earlier.language if self.language is None else self.language,
            settled_ms=earlier.settled_ms if self.settled_ms is None else self.settled_ms,
            undecoded=earlier.undecoded + self.undecoded,
        )
