"""Fills a database with generated transcripts, as after years of use, to measure searches in it."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from ..core.errors import WhisperStreamError
from ..models import Session, Tag, User, Utterance

# The commonest words of spoken English, the commonest first; rarer words are made of syllables.
_COMMON_WORDS = (
    "the and I to of a it in you that is was we for on he they this have with but so not be what at as "
    "there one are like just about from do know up my or if an all had can out time when get she now them "
    "his would more then because no go some me how see our will were him by who your people really think "
    "well other here over their way her two into good could going right new work did year back where day "
    "been much thing said little want look first any come even three most made long last only house water "
    "went left piano ferry night meeting money school"
)
_COMMON = _COMMON_WORDS.split()
_SYLLABLES = [
    onset + nucleus + coda
    for onset in (
        "b",
        "br",
        "c",
        "d",
        "f",
        "g",
        "h",
        "l",
        "m",
        "n",
        "p",
        "pl",
        "r",
        "s",
        "st",
        "t",
        "tr",
        "v",
        "w",
    )
    for nucleus in ("a", "e", "i", "o", "u", "ea", "ou")
    for coda in ("", "n", "r", "l", "ck", "t", "st")
]
_ENDINGS = ("", "", "", "s", "ed", "ing", "er", "ly")
_WORDS = 40_000
# The share of a user's words that come from their own thousand favourite words.
_OWN_SHARE, _OWN_WORDS = 0.15, 1_000
_UTTERANCES_A_SESSION = 40
_MEAN_LENGTH, _LONGEST = 14, 40
_AT_ONCE = 2_000
_SESSIONS = "COPY captions_session (id, user_id, title, language, detected, source, created_at, ended_at, active_at, clock_ms, paused, gen, last_seq, word_count, corrections, keep_sound, vocabulary) FROM STDIN"  # noqa: E501
_UTTERANCES = "COPY captions_utterance (key, session_id, seq, start_ms, end_ms, text, words, confidence, language, created_at, version, corrected) FROM STDIN"  # noqa: E501

_LEARN_LATER = """
    ALTER TABLE captions_utterance DISABLE TRIGGER utterance_words;
    ALTER TABLE captions_session DISABLE TRIGGER session_words
"""
_LEARN_AT_ONCE = """
    ALTER TABLE captions_utterance ENABLE TRIGGER utterance_words;
    ALTER TABLE captions_session ENABLE TRIGGER session_words
"""


class NotEmptyError(WhisperStreamError):
    """The database already contains utterances."""


def vocabulary(count: int = _WORDS) -> list[str]:
    """`count` words, the commonest first, the same in every call."""
    chance = random.Random(1)  # noqa: S311
    words = dict.fromkeys(_COMMON)
    while len(words) < count:
        stem = "".join(chance.choice(_SYLLABLES) for _ in range(chance.choice((1, 2, 2, 2, 3))))
        words.setdefault(stem + chance.choice(_ENDINGS))
    return list(words)


@dataclass(frozen=True, slots=True)
class _Speech:
    """Generates sentences with word frequencies as in speech (Zipf's law: the n-th commonest word has about 1/n)."""

    words: np.ndarray[Any, Any]
    sums: np.ndarray[Any, Any]
    chance: np.random.Generator

    @classmethod
    def of(cls, seed: int) -> "_Speech":
        words = np.array(vocabulary(), dtype=object)
        weights = 1 / (np.arange(len(words)) + 2.7)
        return cls(words, np.cumsum(weights) / weights.sum(), np.random.default_rng(seed))

    def sentences(self, count: int, own: np.ndarray[Any, Any]) -> Iterator[list[str]]:
        lengths = np.clip(self.chance.poisson(_MEAN_LENGTH, count), 2, _LONGEST)
        total = int(lengths.sum())
        picks = np.searchsorted(self.sums, self.chance.random(total))
        theirs = self.chance.random(total) < _OWN_SHARE
        picks[theirs] = own[self.chance.integers(0, len(own), int(theirs.sum()))]
        spoken = self.words[picks]
        end = 0
        for length in lengths.tolist():
            yield spoken[end : end + length].tolist()
            end += length

    def own_words(self) -> np.ndarray[Any, Any]:
        return self.chance.integers(len(_COMMON), len(self.words), _OWN_WORDS)

    def shares(self, people: int) -> list[float]:
        """The share of all utterances that each user has; some have a tenth of others."""
        sizes = self.chance.lognormal(0, 0.6, people)
        return [float(size) for size in sizes / sizes.sum()]


@transaction.atomic
def fill(people: int, utterances: int, *, seed: int = 1) -> None:
    """Makes `people` users with `utterances` in total, the same for the same seed. Raises NotEmptyError."""
    if Utterance.objects.exists():
        raise NotEmptyError
    speech = _Speech.of(seed)
    names = [f"reader{number}-{uuid.uuid4().hex[:8]}" for number in range(people)]
    users = User.objects.bulk_create([User(username=name, password="!") for name in names])  # noqa: S106
    sessions = [
        session
        for user, share in zip(users, speech.shares(people), strict=True)
        for session in _sessions(speech, user, round(utterances * share))
    ]
    # In the order of time, as in a database that has grown: the rows of one user lie among those of others.
    sessions.sort(key=lambda session: session.at)
    index = next(index for index in Utterance._meta.indexes if index.name == "utterance_search")
    with connection.schema_editor() as editor, connection.cursor() as cursor:
        # Building the index once at the end is faster than updating it for every row, and so are words to correct with.
        editor.remove_index(Utterance, index)
        cursor.execute(_LEARN_LATER)
        with cursor.copy(_SESSIONS) as copy:
            for session in sessions:
                copy.write_row(session.row())
        with cursor.copy(_UTTERANCES) as copy:
            for session in sessions:
                for row in session.utterances(speech):
                    copy.write_row(row)
        # PostgreSQL refuses to build an index while deferred checks of foreign keys are pending.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL maintenance_work_mem = '512MB'")
        editor.add_index(Utterance, index)
        for user in users:
            cursor.execute("SELECT whisperstream_learn_all(%s)", [user.pk])
        cursor.execute(_LEARN_AT_ONCE)
    _tag(users, sessions)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE captions_session; ANALYZE captions_utterance; ANALYZE captions_spokenword")


@dataclass(frozen=True, slots=True)
class _Session:
    id: uuid.UUID
    user_id: int
    own: Any
    title: str
    at: datetime
    count: int

    @property
    def length_ms(self) -> int:
        return self.count * 6_000

    def row(self) -> tuple[Any, ...]:
        return (
            self.id, self.user_id, self.title, "en", "en", "live", self.at, self.at, self.at, self.length_ms, False, 1,
            self.count, self.count * _MEAN_LENGTH, 0, False, [],
        )  # fmt: skip

    def utterances(self, speech: _Speech) -> Iterator[tuple[Any, ...]]:
        for seq, words in enumerate(speech.sentences(self.count, self.own), 1):
            start = (seq - 1) * 6_000
            times = [
                f'{{"text": " {word}", "start_ms": {at}, "end_ms": {at + 130}, "probability": 0.93}}'
                for word, at in zip(words, range(start, start + 6_000, 140), strict=False)
            ]
            text = f"{' '.join(words)}."
            yield (
                uuid.uuid4(), self.id, seq, start, start + 5_900, text[0].upper() + text[1:], f"[{', '.join(times)}]",
                0.93, "en", self.at, 1, False,
            )  # fmt: skip


def _sessions(speech: _Speech, user: User, utterances: int) -> Iterator[_Session]:
    own = speech.own_words()
    now = timezone.now()
    left = utterances
    while left > 0:
        count = min(left, int(speech.chance.geometric(1 / _UTTERANCES_A_SESSION)))
        left -= count
        title = " ".join(next(speech.sentences(1, own))[:4]) if speech.chance.random() < 0.5 else ""
        at = now - timedelta(minutes=int(speech.chance.integers(1, 3 * 365 * 24 * 60)))
        yield _Session(uuid.uuid4(), user.pk, own, title, at, count)


def _tag(users: list[User], sessions: list[_Session]) -> None:
    tags = Tag.objects.bulk_create(
        [Tag(user=user, name=name) for user in users for name in ("work", "ideas")]
    )
    by_user: dict[int, list[Tag]] = {}
    for tag in tags:
        by_user.setdefault(tag.user_id, []).append(tag)
    tagged = Session.tags.through
    rows = [
        tagged(session_id=session.id, tag_id=by_user[session.user_id][number % 2].pk)
        for number, session in enumerate(sessions)
        if number % 3 == 0
    ]
    tagged.objects.bulk_create(rows, batch_size=_AT_ONCE)
