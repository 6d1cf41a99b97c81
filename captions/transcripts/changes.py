"""Changes of utterances: each makes a new version, under the row lock of the session.

The final writer and the deletion of a session take the same lock, so none of them sees another's work half done.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Self
from uuid import UUID

from django.db import transaction
from django.dispatch import Signal
from django.utils.translation import gettext

from ..core.errors import RefusedError
from ..core.words import count_words
from ..models import ChangeKind, Session, User, Utterance, WebhookDelivery, WebhookEvent
from ..speech.types import Word, certainty
from . import bulk
from .realign import in_text

words_changed = Signal()
"""Sent after the commit when utterances of a session (the sender) have changed; `seqs` are their numbers."""

LONGEST_TEXT = 5_000
_AT_ONCE = 500
# More than that need not be told one by one.
_MOST_NOTED = 100


class EditError(RefusedError):
    """A change is refused, and nothing has changed. The message is a translated sentence for the user."""


class EditConflict(EditError):
    """The utterance is no longer at the version that the change was based on; `stored` is its current row."""

    def __init__(self, stored: Utterance) -> None:
        super().__init__(gettext("This sentence was changed elsewhere in the meantime."))
        self.stored = stored


class GoneError(EditError):
    """The utterance or its session has been deleted."""

    def __init__(self) -> None:
        super().__init__(gettext("This transcript was deleted."))


@dataclass(frozen=True, slots=True)
class State:
    """The fields of an utterance that a change may affect; `words` as stored in JSON.

    Where `speaker` is None, whoever says it stays.
    """

    text: str
    words: list[dict[str, Any]]
    start_ms: int
    end_ms: int
    confidence: float | None
    corrected: bool
    speaker: int | None = None
    speaker_set: bool = False

    @classmethod
    def of(cls, row: Any) -> "State":
        """The state of `row`: an utterance, or a version of one."""
        return cls(**{name: getattr(row, name) for name in bulk.FIELDS})

    @property
    def word_count(self) -> int:
        return count_words(self.text)

    def spoken(self) -> tuple[Word, ...]:
        return tuple(Word(**word) for word in self.words)

    def with_words(self, words: Iterable[Word], **changes: Any) -> "State":
        """This state with other words and the confidence computed from them; `changes` are other fields."""
        spoken = list(words)
        mean = certainty(spoken) if spoken else None
        stored = [
            {
                "start_ms": word.start_ms,
                "end_ms": word.end_ms,
                "text": word.text,
                "probability": word.probability,
            }
            for word in spoken
        ]
        return replace(self, words=stored, confidence=mean, **changes)

    def said_by(self, row: Utterance) -> "State":
        """This state with the speaker of `row`."""
        return replace(self, speaker=row.speaker, speaker_set=row.speaker_set)

    def complete(self, row: Utterance) -> "State":
        """This state with the speaker of `row` unless it has one."""
        return self.said_by(row) if self.speaker is None else self

    def emptied(self, *, corrected: bool) -> "State":
        return replace(self, text="", words=[], confidence=None, corrected=corrected)


def storable_text(text: str) -> str:
    """The text as it can be stored, without NUL or lone surrogates; a text of line breaks alone is empty.

    Raises EditError if it is longer than LONGEST_TEXT.
    """
    text = in_text(text.replace("\0", "").encode("utf-8", "replace").decode())
    if text.isspace():
        return ""
    if len(text) > LONGEST_TEXT:
        raise EditError(gettext("A sentence can have at most %(most)s characters.") % {"most": LONGEST_TEXT})
    return text


def locked_session(pk: UUID) -> Session:
    """The session, its row locked until the end of the transaction. Raises GoneError."""
    session = Session.objects.select_for_update().filter(pk=pk).first()
    if session is None:
        raise GoneError
    return session


def locked_row(session: Session, pk: int, version: int | None = None) -> Utterance:
    """The utterance `pk` of a locked session. Raises GoneError, or EditConflict if it is not at `version`."""
    row = session.utterances.select_for_update().filter(pk=pk).first()
    if row is None:
        raise GoneError
    if version is not None and row.version != version:
        raise EditConflict(row)
    return row


@dataclass(slots=True)
class Change:
    """One change of one or more utterances of a locked session. Nothing is written before `save`."""

    session: Session
    kind: ChangeKind
    by: User | None
    id: UUID = field(default_factory=uuid.uuid4)
    reason: str = ""
    announced: int | None = None
    """The primary key of an utterance that whoever saves it announces."""
    _rows: list[tuple[Utterance, State, int | None]] = field(default_factory=list)
    _new: list[Utterance] = field(default_factory=list)

    def put(self, row: Utterance, state: State, *, stands_for: int | None = None) -> Self:
        """Gives an utterance a new state; `stands_for` is the earlier version that this restores, if any."""
        self._rows.append((row, state.complete(row), stands_for))
        return self

    def add(self, like: Utterance, state: State) -> Utterance:
        """A new utterance with the next `seq`, and language, date, source and voice of `like`; `save` inserts it."""
        self.session.last_seq += 1
        state = state.complete(like)
        row = Utterance(
            session=self.session,
            seq=self.session.last_seq,
            language=like.language,
            created_at=like.created_at,
            shared=like.shared,
            **{name: getattr(state, name) for name in bulk.FIELDS},
        )
        self._new.append(row)
        self._count(None, state)
        return row

    def save(self) -> None:
        rows = [row for row, _, _ in self._rows]
        keep_what_was_heard(rows)
        self._move_translations()
        for row, state, _ in self._rows:
            self._count(State.of(row), state)
            for name in bulk.FIELDS:
                setattr(row, name, getattr(state, name))
            row.version += 1
        bulk.update(rows)
        Utterance.objects.bulk_create(self._new, batch_size=_AT_ONCE)
        origin = bulk.Origin(self.id, self.kind, self.by.pk if self.by else None, self.reason)
        bulk.keep([(row.pk, stands_for) for row, _, stands_for in self._rows], origin, "~")
        bulk.keep([(row.pk, None) for row in self._new], origin, "+")
        self.session.save(update_fields=["last_seq", "word_count", "corrections"])
        # The final writer itself announces a final that replacements have changed.
        seqs = [row.seq for row in (*rows, *self._new) if row.pk != self.announced]
        if seqs and self.kind != ChangeKind.RULE:
            self._note(seqs)
            transaction.on_commit(partial(words_changed.send_robust, self.session, seqs=seqs))

    def _move_translations(self) -> None:
        """The translation of a sentence that loses its words goes to the one that has its time now, or is deleted."""
        kept = [(row, state.start_ms, state.end_ms) for row, state, _ in self._rows if state.text]
        kept += [(row, row.start_ms, row.end_ms) for row in self._new]
        for row, state, _ in self._rows:
            if state.text or not row.translation:
                continue
            middle = (row.start_ms + row.end_ms) // 2
            for other, start_ms, end_ms in kept:
                if other.shared == row.shared and start_ms <= middle < end_ms:
                    other.translation = f"{other.translation} {row.translation}".strip()
                    break
            row.translation = ""

    def _note(self, seqs: list[int]) -> None:
        data = {
            "session": str(self.session.pk),
            "change": str(self.id),
            "kind": self.kind.value,
            "count": len(seqs),
            "seqs": seqs[:_MOST_NOTED],
        }
        WebhookDelivery.objects.note(WebhookEvent.TRANSCRIPT_CHANGED, [(self.session.user_id, data)])

    def _count(self, before: State | None, after: State) -> None:
        words = after.word_count - (before.word_count if before else 0)
        corrected = after.corrected - (before.corrected if before else 0)
        self.session.word_count = max(0, self.session.word_count + words)
        self.session.corrections = max(0, self.session.corrections + corrected)


def keep_what_was_heard(rows: Iterable[Utterance]) -> None:
    """Saves the first version, as recognised, of those utterances that have no versions yet."""
    bulk.keep_heard([row.pk for row in rows if row.version == 1])
