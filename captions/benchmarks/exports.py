"""Measures the export of a long transcript, from the database to the last byte."""

import random
import time
import tracemalloc
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from ..models import Session, User, Utterance
from ..speech.types import Word
from ..transcripts.export import FORMATS, encode
from ..transcripts.stored import transcript_of

_WORDS_A_MINUTE = 165
_TALK = (
    "the last ferry of the season left Stromness at twenty past four with eleven passengers two dogs and a piano "
    "I know about it because I was asked to help lift it nobody on board thought that this was strange but by the "
    "time we cleared the point the wind had gone round to the north"
)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one format: seconds until the first and the last chunk, processor seconds of this process.

    The database's processor time is not included. `memory_mb` is the peak of Python's allocations.
    """

    format: str
    first_s: float
    whole_s: float
    cpu_s: float
    file_mb: float
    memory_mb: float


def measure(hours: float) -> Iterator[Figures]:
    """Yields the figures of each format, for a session of `hours` that is rolled back at the end."""
    with transaction.atomic():
        user = User.objects.create(username=f"bench-{uuid.uuid4().hex}")
        session = Session.objects.create(user=user, title="Ten hours", language="en")
        Utterance.objects.bulk_create(_utterances(session, hours), batch_size=_AT_ONCE)
        for name in FORMATS:
            yield _measured(session, name)
        transaction.set_rollback(True)


def _measured(session: Session, name: str) -> Figures:
    # A first pass measures memory, which slows everything down, and loads what would otherwise be loaded while timing.
    tracemalloc.start()
    for _ in _chunks(session, name):
        pass
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    first_s, size = 0.0, 0
    start, cpu = time.perf_counter(), time.process_time()
    for chunk in _chunks(session, name):
        first_s = first_s or time.perf_counter() - start
        size += len(chunk)
    whole_s, cpu_s = time.perf_counter() - start, time.process_time() - cpu
    return Figures(name, first_s, whole_s, cpu_s, size / 1e6, memory / 1e6)


def _chunks(session: Session, name: str) -> Iterator[bytes]:
    return encode(name, transcript_of(session, with_words=FORMATS[name].with_words))


def _utterances(session: Session, hours: float) -> Iterator[Utterance]:
    """Yields sentences of 6 to 34 words at the pace of ordinary speech, the same in every call."""
    chance = random.Random(1)  # noqa: S311
    vocabulary = _TALK.split()
    left = round(hours * 60 * _WORDS_A_MINUTE)
    clock = seq = 0
    while left > 0:
        words = list(_sentence(chance, vocabulary, min(chance.randint(6, 34), left), clock))
        seq, left = seq + 1, left - len(words)
        yield Utterance(
            session=session,
            seq=seq,
            start_ms=clock,
            end_ms=words[-1].end_ms,
            text="".join(word.text for word in words).strip(),
            words=[
                {"start_ms": w.start_ms, "end_ms": w.end_ms, "text": w.text, "probability": w.probability}
                for w in words
            ],
            confidence=0.9,
            language="en",
        )
        clock = words[-1].end_ms + chance.randint(500, 1_500)


def _sentence(chance: random.Random, vocabulary: list[str], count: int, clock: int) -> Iterator[Word]:
    for number in range(1, count + 1):
        text = chance.choice(vocabulary)
        if number == count:
            text += "."
        elif chance.random() < 0.12:
            text += ","
        length_ms = chance.randint(120, 500)
        yield Word(clock, clock + length_ms, f" {text}", round(chance.uniform(0.3, 1), 3))
        clock += length_ms
