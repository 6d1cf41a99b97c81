"""How long searches take in a full database, and how long they would without an index of words."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

from ..models import User
from ..transcripts.search import Search

# What people ask for, out of a hundred.
_KINDS = {"word": 40, "beginning": 30, "two words": 15, "phrase": 5, "either": 5, "without": 5}
# What somebody writes who has no index of words: in what one person said, and, as an administrator, in everything.
_OWN = """
    SELECT session_id, count(*) FROM captions_utterance AS said
    JOIN captions_session AS session ON session.id = said.session_id
    WHERE session.user_id = %s AND said.text ILIKE %s GROUP BY session_id
"""
_EVERYTHING = "SELECT count(*) FROM captions_utterance WHERE text ILIKE %s"


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one kind of question: how often it was asked, the median of places, and milliseconds in the database."""

    kind: str
    asked: int
    places: int
    p50_ms: float
    p95_ms: float
    most_ms: float


@dataclass(frozen=True, slots=True)
class _Asked:
    kind: str
    user_id: int
    text: str


def measure(count: int, *, seed: int = 1) -> Iterator[Figures]:
    """Asks `count` questions of people who have said much or little, as often as each has, with the best 20 sessions
    as the history shows them; then the same words with ILIKE. Everything is asked once before: the median of years is
    a database whose pages are in memory."""
    asked = list(_questions(count, seed))
    languages = ("en",)

    def search(each: _Asked) -> int:
        return Search(User(pk=each.user_id), each.text, languages).results().places

    for each in asked:
        search(each)
    timed = [(each, *_timed(lambda each=each: search(each))) for each in asked]  # type: ignore[misc]
    for kind in _KINDS:
        yield _figures(kind, [row for row in timed if row[0].kind == kind])
    yield _figures("all", timed)
    words = [each for each in asked if each.kind == "word"]
    yield _figures("word, as above", [row for row in timed if row[0].kind == "word"][:50])
    yield _figures("word, ILIKE in one's own", _ilike(_OWN, words[:50], with_user=True))
    yield _figures("word, ILIKE in everything", _ilike(_EVERYTHING, words[:5], with_user=False))


def _questions(count: int, seed: int) -> Iterator[_Asked]:
    chance = random.Random(seed)  # noqa: S311
    kinds = chance.choices(list(_KINDS), list(_KINDS.values()), k=count)
    with connection.cursor() as cursor:
        # Any sentence is as likely as any other, so people who have said more ask more.
        cursor.execute("SELECT min(id), max(id) FROM captions_utterance")
        least, most = cursor.fetchone() or (0, 0)
        for kind in kinds:
            cursor.execute(
                "SELECT owner, text FROM captions_utterance WHERE id >= %s ORDER BY id LIMIT 1",
                [chance.randint(least or 0, most or 0)],
            )
            owner, text = cursor.fetchone() or (0, "")
            yield _Asked(kind, owner, _question(kind, text.strip(".").split(), chance))


def _question(kind: str, words: list[str], chance: random.Random) -> str:
    long = [word for word in words if len(word) > 4] or words
    word, other = chance.choice(long), chance.choice(long)
    match kind:
        case "beginning":
            return word[: chance.randint(2, max(2, len(word)))]
        case "two words":
            return f"{word} {other}"
        case "phrase":
            at = chance.randrange(max(1, len(words) - 1))
            return f'"{" ".join(words[at : at + 2])}"'
        case "either":
            return f"{word} OR {other}"
        case "without":
            return f"{word} -{other}x"
        case _:
            return word


def _ilike(sql: str, asked: list[_Asked], *, with_user: bool) -> list[tuple[_Asked, int, float]]:
    def ask(each: _Asked) -> int:
        pattern = f"%{each.text}%"
        with connection.cursor() as cursor:
            cursor.execute(sql, [each.user_id, pattern] if with_user else [pattern])
            return sum(row[-1] for row in cursor.fetchall())

    if asked:
        ask(asked[0])
    return [(each, *_timed(lambda each=each: ask(each))) for each in asked]  # type: ignore[misc]


def _timed(ask: Callable[[], int]) -> tuple[int, float]:
    """What it found, and how many milliseconds its statements took, their way to the database and back included."""
    with _statements() as spent:
        places = ask()
    return places, sum(spent)


@contextmanager
def _statements() -> Iterator[list[float]]:
    spent: list[float] = []

    def timing(execute: Callable[..., Any], *args: Any) -> Any:
        begin = time.perf_counter()
        try:
            return execute(*args)
        finally:
            spent.append((time.perf_counter() - begin) * 1000)

    with connection.execute_wrapper(timing):
        yield spent


def _figures(kind: str, rows: list[tuple[_Asked, int, float]]) -> Figures:
    times = sorted(spent for _, _, spent in rows) or [0.0]
    places = sorted(found for _, found, _ in rows) or [0]

    def percentile(values: list[Any], share: float) -> Any:
        return values[min(len(values) - 1, int(len(values) * share))]

    return Figures(
        kind, len(rows), percentile(places, 0.5), percentile(times, 0.5), percentile(times, 0.95), times[-1]
    )
