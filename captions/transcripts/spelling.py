"""Corrects mistyped words of a search with words that its person has said."""

from collections.abc import Sequence
from dataclasses import replace

from django.db import connection, transaction
from rapidfuzz.distance import OSA, JaroWinkler

from ..models import User
from .querying import TypedWord, typed_words
from .search import Search

_LEAST_LENGTH = 4
# In a longer word two letters may be wrong.
_LONG = 8
_AT_ONCE = 1_000
_NEAREST = 3

_FOLDED = """
    SELECT whisperstream_folded(whisperstream_plain(word))
    FROM unnest(%s::text[]) WITH ORDINALITY AS typed (word, place) ORDER BY place
"""
_SIMILAR = """
    SELECT word, folded FROM captions_spokenword
    WHERE owner = %s AND folded LIKE %s AND length(folded) BETWEEN %s AND %s
    UNION
    SELECT word, folded FROM captions_spokenword
    WHERE owner = %s AND reverse(folded) LIKE %s AND length(folded) BETWEEN %s AND %s
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
        WHERE said.owner = gone.owner AND said.folded = gone.folded AND said.word = gone.word
    )
    DELETE FROM captions_goneword USING looked WHERE captions_goneword.id = looked.id
"""


def corrected(user: User, text: str, languages: Sequence[str]) -> str:
    """The query with each word that finds nothing replaced by the most similar one that the user has said.

    Empty if no word can be corrected. Words that are left out, short ones and numbers stay as they are. Words are
    stemmed for each of `languages`.
    """
    words = [word for word in typed_words(text) if _is_worth_it(word.text)]
    result = text
    for word, folded in reversed(list(zip(words, _folded(words), strict=True))):
        if _finds_something(user, word, languages):
            continue
        for said in _similar(user, folded):
            if _finds_something(user, replace(word, text=said), languages):
                found = said.capitalize() if word.text[:1].isupper() else said
                result = f"{result[: word.start]}{found}{result[word.end :]}"
                break
    return "" if result == text else result


def forget_gone() -> None:
    """Deletes the words that were in texts that are gone and that nobody finds any more."""
    looked = _AT_ONCE
    while looked == _AT_ONCE:
        with transaction.atomic(), connection.cursor() as cursor:
            # The index alone finds these; a scan of all that was ever said would look cheap where a word is common.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(_FORGET, [_AT_ONCE])
            looked = cursor.rowcount


def _is_worth_it(word: str) -> bool:
    least = _LEAST_LENGTH if word.isascii() else _LEAST_LENGTH - 1
    return len(word) >= least and not any(map(str.isdigit, word))


def _folded(words: Sequence[TypedWord]) -> list[str]:
    """The words as the database compares them."""
    with connection.cursor() as cursor:
        cursor.execute(_FOLDED, [[word.text for word in words]])
        return [row[0] for row in cursor.fetchall()]


def _finds_something(user: User, word: TypedWord, languages: Sequence[str]) -> bool:
    # In quotation marks no beginning of a word is enough.
    query = word.text if word.beginning else f'"{word.text}"'
    return bool(Search(user, query, languages).results(count=1).found)


def _similar(user: User, typed: str) -> list[str]:
    """The words of the user that are most similar to a folded one, the nearest first; some may be only in the trash."""
    length = len(typed)
    most = 2 if length >= _LONG else 1
    # One letter, or two that changed places, leave what is before or after as it should be; of two mistakes in a long
    # word, most leave a third of it at one of its ends.
    kept = (length - 1) // 2 if most == 1 else length // 3
    lengths = [length - most, length + most]
    start, end = f"{typed[:kept]}%", f"{typed[::-1][:kept]}%"
    with connection.cursor() as cursor:
        cursor.execute(_SIMILAR, [user.pk, start, *lengths, user.pk, end, *lengths])
        said = cursor.fetchall()
    distances = [(OSA.distance(typed, folded, score_cutoff=most), folded, word) for word, folded in said]
    near = [
        (distance, -JaroWinkler.similarity(typed, folded), word)
        for distance, folded, word in distances
        if distance <= most
    ]
    return [word for *_, word in sorted(near)[:_NEAREST]]
