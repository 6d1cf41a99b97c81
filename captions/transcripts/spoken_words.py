"""The distinct words that each person has said or has in a title; triggers keep them (see SpokenWord)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from ..models import User

_AT_ONCE = 1_000
# Longer than any text that begins with the same letters.
_LAST = "\U0010ffff"

# Of somebody new the database thinks that there is little to read; the reversed word makes either index find a word.
_TYPED = """
    WITH typed AS MATERIALIZED (
        SELECT place, whisperstream_plain(word) AS plain, whisperstream_folded(whisperstream_plain(word)) AS folded,
            whisperstream_phrase(%(owner)s, %(languages)s::text[], word, beginning) AS query
        FROM unnest(%(words)s::text[], %(beginnings)s::boolean[]) WITH ORDINALITY AS typed (word, beginning, place)
    ), unknown AS MATERIALIZED (
        SELECT place, query FROM typed
        WHERE length(folded) >= 3 AND folded !~ '[0-9]' AND NOT EXISTS (
            SELECT FROM captions_spokenword AS said
            WHERE said.owner = %(owner)s AND said.folded = typed.folded
                AND reverse(said.folded) = reverse(typed.folded) OFFSET 0
        )
    ), found AS MATERIALIZED (
        SELECT place FROM unknown, captions_utterance WHERE search @@ query
        UNION SELECT place FROM unknown, captions_session WHERE search @@ query
    )
    SELECT plain, folded, place NOT IN (SELECT place FROM unknown) OR place IN (SELECT place FROM found)
    FROM typed ORDER BY place
"""
_SIMILAR = """
    SELECT DISTINCT said.word, said.folded
    FROM unnest(%(starts)s::text[], %(least)s::int[], %(most)s::int[]) AS typed (start, least, most),
        captions_spokenword AS said
    WHERE said.owner = %(owner)s AND said.folded ~>=~ typed.start AND said.folded ~<~ (typed.start || %(last)s)
        AND length(said.folded) BETWEEN typed.least AND typed.most
    UNION
    SELECT said.word, said.folded
    FROM unnest(%(ends)s::text[], %(least)s::int[], %(most)s::int[]) AS typed (start, least, most),
        captions_spokenword AS said
    WHERE said.owner = %(owner)s
        AND reverse(said.folded) ~>=~ typed.start AND reverse(said.folded) ~<~ (typed.start || %(last)s)
        AND length(said.folded) BETWEEN typed.least AND typed.most
    UNION
    SELECT said.word, said.folded FROM captions_spokenword AS said
    WHERE said.owner = %(owner)s AND said.folded = ANY (%(wholes)s::text[])
"""
_FORGET = """
    WITH looked AS (
        SELECT id, owner, word FROM captions_goneword ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    ), asked AS MATERIALIZED (
        SELECT DISTINCT owner, word,
            ('''' || to_hex(owner) || '~' || left(whisperstream_folded(word), 100) || '''')::tsquery AS query
        FROM looked
    ), gone AS MATERIALIZED (
        SELECT owner, word, whisperstream_folded(word) AS folded FROM asked
        WHERE NOT EXISTS (SELECT FROM captions_utterance WHERE search @@ asked.query)
            AND NOT EXISTS (SELECT FROM captions_session WHERE search @@ asked.query)
    ), forgotten AS (
        DELETE FROM captions_spokenword AS said USING gone
        WHERE said.owner = gone.owner AND said.folded = gone.folded
            AND reverse(said.folded) = reverse(gone.folded) AND said.word = gone.word
    )
    DELETE FROM captions_goneword USING looked WHERE captions_goneword.id = looked.id
"""


@dataclass(frozen=True, slots=True)
class Typed:
    """A word as the database compares it: in lower case, and without accents too.

    `known` says whether its person has said it, or another form of it; so are short words and numbers, which are not
    kept.
    """

    plain: str
    folded: str
    known: bool


@dataclass(frozen=True, slots=True)
class Likeness:
    """Words of `least` to `most` letters that begin with `start` or end with `end`."""

    start: str
    end: str
    least: int
    most: int


def typed(user: User, words: Sequence[tuple[str, bool]], languages: Sequence[str]) -> list[Typed]:
    """What is known of words; each is given with whether it may be the beginning of one."""
    params: dict[str, Any] = {
        "owner": user.pk,
        "languages": list(languages),
        "words": [word for word, _ in words],
        "beginnings": [beginning for _, beginning in words],
    }
    with connection.cursor() as cursor:
        cursor.execute(_TYPED, params)
        return [Typed(*row) for row in cursor.fetchall()]


def similar(user: User, likenesses: Iterable[Likeness], wholes: Iterable[str]) -> dict[str, str]:
    """The user's words that are like one of `likenesses`, or one of `wholes`: without accents, TO how they are written.

    Some of them may be only in the trash.
    """
    rows = list(likenesses)
    params: dict[str, Any] = {
        "owner": user.pk,
        "last": _LAST,
        "starts": [row.start for row in rows],
        "ends": [row.end[::-1] for row in rows],
        "least": [row.least for row in rows],
        "most": [row.most for row in rows],
        "wholes": list(wholes),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SIMILAR, params)
        # Of words that differ in their accents only, always the same one.
        return {folded: word for word, folded in sorted(cursor.fetchall(), reverse=True)}


def forget_gone() -> None:
    """Deletes the words that were in texts that are gone and that nobody finds any more."""
    looked = _AT_ONCE
    while looked == _AT_ONCE:
        with transaction.atomic(), connection.cursor() as cursor:
            # The index alone finds these; a scan of all that was ever said would look cheap where a word is common.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(_FORGET, [_AT_ONCE])
            looked = cursor.rowcount
