"""Makes database rows for tests."""

import itertools
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from captions.models import Session, User, Utterance
from captions.speech.types import Word

_numbers = itertools.count(1)


def make_user(username: str = "", **fields: Any) -> User:
    username = username or f"person{next(_numbers)}"
    fields.setdefault("email", f"{username}@example.com")
    return User.objects.create_user(username, password="a long password", **fields)


def make_session(user: User | None = None, texts: Sequence[str] = (), **fields: Any) -> Session:
    """A session with one utterance for each of `texts`, two seconds apart, each word 200 ms long."""
    session = Session.objects.create(user=user or make_user(), **fields)
    for number, text in enumerate(texts):
        make_utterance(session, text, start_ms=number * 2_000, commit=False)
    if texts:
        session.clock_ms = fields.get("clock_ms", len(texts) * 2_000)
        session.save()
    return session


def make_ended_session(
    user: User, texts: Sequence[str], *, at: datetime | None = None, **fields: Any
) -> Session:
    at = at or timezone.now()
    return make_session(user, texts, created_at=at, active_at=at, ended_at=at, gen=1, **fields)


def make_utterance(
    session: Session, text: str, *, start_ms: int = 0, commit: bool = True, **fields: Any
) -> Utterance:
    """Adds the next utterance to the session, as the final writer would."""
    words = words_of(text, start_ms)
    session.last_seq += 1
    session.word_count += len(words)
    if commit:
        session.save()
    values: dict[str, Any] = {
        "key": uuid.uuid4(),
        "seq": session.last_seq,
        "start_ms": start_ms,
        "end_ms": words[-1].end_ms if words else start_ms + 200,
        "text": text,
        "words": [
            {"start_ms": w.start_ms, "end_ms": w.end_ms, "text": w.text, "probability": w.probability}
            for w in words
        ],
        "confidence": 0.9,
        "language": "en",
    }
    utterance: Utterance = Utterance.objects.create(session=session, **values | fields)
    return utterance


def words_of(
    text: str, start_ms: int = 0, *, each_ms: int = 200, probability: float = 0.9
) -> tuple[Word, ...]:
    """The words of the text, all equally long."""
    return tuple(
        Word(start_ms + index * each_ms, start_ms + (index + 1) * each_ms, f" {word}", probability)
        for index, word in enumerate(text.split())
    )
