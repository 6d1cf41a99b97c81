"""Measures searches in a full database, and for comparison searches with ILIKE instead of the index of words."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
from django.db import connection

from ..models import User
from ..transcripts.search import Search
from ..transcripts.spelling import corrected

# The kinds of queries, with their frequencies in percent. A mistyped word finds nothing: it is corrected with a word
# that its person has said, and searched for again.
_KINDS = {"word": 40, "beginning": 30, "two words": 15, "phrase": 5, "either": 5, "without": 5}
_MISTYPED = "mistyped"
# The same search without an index of words: in the utterances of one user, and in those of all.
_OWN = """
    SELECT session_id, count(*) FROM captions_utterance AS said
    JOIN captions_session AS session ON session.id = said.session_id
    WHERE session.user_id = %s AND said.text ILIKE %s GROUP BY session_id
"""
_EVERYTHING = "SELECT count(*) FROM captions_utterance WHERE text ILIKE %s"


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one kind of query: how many there were, the median of hits, and milliseconds in the database.

    `cpu_p95_ms` is the processor time of the database's process, which does not depend on the load of the machine; None
    if the database is on another machine.
    """

    kind: str
    asked: int
    places: int
    p50_ms: float
    p95_ms: float
    most_ms: float
    cpu_p95_ms: float | None


@dataclass(frozen=True, slots=True)
class _Asked:
    kind: str
    user_id: int
    text: str


@dataclass(frozen=True, slots=True)
class _Timed:
    """The number of hits of a query, and the milliseconds of its statements including the round trip."""

    kind: str
    places: int
    spent_ms: float
    cpu_ms: float | None


def measure(count: int, *, seed: int = 1) -> Iterator[Figures]:
    """Yields the figures of `count` searches by kind, each for the best 20 sessions as in the history, and of ILIKE.

    Users search in proportion to their number of utterances. Each search is made once before it is timed, so that the
    pages of the database are in memory, as they usually are.
    """
    asked = list(_questions(count, seed))
    chance = random.Random(seed)  # noqa: S311
    mistyped = [
        replace(each, kind=_MISTYPED, text=_mistyped(each.text, chance))
        for each in asked
        if each.kind == "word"
    ]
    languages = ("en",)

    def search(each: _Asked) -> int:
        user = User(pk=each.user_id)
        found = Search(user, each.text, languages).results().places
        if not found and (text := corrected(user, each.text, languages)):
            found = Search(user, text, languages).results().places
        return found

    for each in (*asked, *mistyped):
        search(each)
    timed = [_timed(each, search) for each in asked]
    for kind in _KINDS:
        yield _figures(kind, [row for row in timed if row.kind == kind])
    yield _figures("all", timed)
    yield _figures(_MISTYPED, [_timed(each, search) for each in mistyped])
    words = [each for each in asked if each.kind == "word"]
    yield _figures("word, as above", [row for row in timed if row.kind == "word"][:50])
    yield _figures("word, ILIKE in one's own", _ilike(_OWN, words[:50], with_user=True))
    yield _figures("word, ILIKE in everything", _ilike(_EVERYTHING, words[:5], with_user=False))


def _questions(count: int, seed: int) -> Iterator[_Asked]:
    chance = random.Random(seed)  # noqa: S311
    kinds = chance.choices(list(_KINDS), list(_KINDS.values()), k=count)
    with connection.cursor() as cursor:
        # Each utterance is equally likely, so users with more utterances search more often.
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


def _mistyped(word: str, chance: random.Random) -> str:
    """The word with two letters that changed places, one that is missing, or one too many."""
    at = chance.randrange(1, max(2, len(word) - 1))
    one, other = word[at : at + 1], word[at + 1 : at + 2]
    middle = chance.choice([f"{other}{one}", other, f"{one}{one}{other}"])
    return f"{word[:at]}{middle}{word[at + 2 :]}"


def _ilike(sql: str, asked: list[_Asked], *, with_user: bool) -> list[_Timed]:
    def ask(each: _Asked) -> int:
        pattern = f"%{each.text}%"
        with connection.cursor() as cursor:
            cursor.execute(sql, [each.user_id, pattern] if with_user else [pattern])
            return sum(row[-1] for row in cursor.fetchall())

    if asked:
        ask(asked[0])
    return [_timed(each, ask) for each in asked]


def _timed(asked: _Asked, ask: Callable[[_Asked], int]) -> _Timed:
    before = _computed_ms()
    with _statements() as spent:
        places = ask(asked)
    after = _computed_ms()
    return _Timed(asked.kind, places, sum(spent), None if before is None or after is None else after - before)


def _computed_ms() -> float | None:
    """The processor time so far of the database's process for this connection; None if on another machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        row = cursor.fetchone()
    try:
        process = psutil.Process(row[0] if row else 0)
        if "postgres" not in process.name():
            return None
        return int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[0]) / 1e6
    except (psutil.Error, OSError):
        return None


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


def _figures(kind: str, rows: list[_Timed]) -> Figures:
    times = sorted(row.spent_ms for row in rows) or [0.0]
    computed = sorted(row.cpu_ms for row in rows if row.cpu_ms is not None)
    places = sorted(row.places for row in rows) or [0]
    return Figures(
        kind,
        len(rows),
        _percentile(places, 0.5),
        _percentile(times, 0.5),
        _percentile(times, 0.95),
        times[-1],
        _percentile(computed, 0.95) if computed else None,
    )


def _percentile(values: list[Any], share: float) -> Any:
    return values[min(len(values) - 1, int(len(values) * share))]
