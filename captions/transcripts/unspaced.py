"""What somebody has said that is similar to something in a script without spaces.

Each character is a word of its own in the search vector, so there are no words to compare: what was typed is looked for
with each of its characters missing, changed or added in turn.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db import connection
from rapidfuzz.distance import OSA

from ..models import User
from .tokens import characters, spans

# Of two characters, one is too little to go by; more than a sentence nobody types.
_LEAST, _MOST = 3, 24
_TEXTS = 100

_NEAR = """
    WITH asked AS MATERIALIZED (
        SELECT string_agg(
            '(' || CASE
                WHEN before = '' THEN whisperstream_phrase(%(owner)s, '{}', after, false)
                WHEN after = '' THEN whisperstream_phrase(%(owner)s, '{}', before, false)
                ELSE tsquery_phrase(
                    whisperstream_phrase(%(owner)s, '{}', before, false),
                    whisperstream_phrase(%(owner)s, '{}', after, false),
                    distance
                )
            END::text || ')', ' | '
        )::tsquery AS query
        FROM unnest(%(befores)s::text[], %(afters)s::text[], %(distances)s::int[]) AS way (before, after, distance)
    ), near AS MATERIALIZED (
        SELECT text, session_id FROM asked, captions_utterance WHERE search @@ query
        UNION ALL
        SELECT title, id FROM asked, captions_session WHERE search @@ query
    )
    SELECT text FROM near JOIN captions_session AS session ON session.id = session_id
    WHERE session.user_id = %(owner)s AND session.trashed_at IS NULL LIMIT %(texts)s
"""


def similar(user: User, typed: str) -> list[str]:
    """The nearest that the user has said, the most frequent first: with one character wrong, missing or added."""
    plain = characters(typed)
    if not _LEAST <= len(plain) <= _MOST:
        return []
    ways = list(_ways(plain))
    params: dict[str, Any] = {
        "owner": user.pk,
        "befores": [before for before, _, _ in ways],
        "afters": [after for _, after, _ in ways],
        "distances": [distance for *_, distance in ways],
        "texts": _TEXTS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEAR, params)
        texts = [row[0] for row in cursor.fetchall()]
    said = Counter(found for text in texts if (found := _nearest(text, plain)))
    return [each for each, _ in said.most_common()]


def _ways(plain: str) -> Iterator[tuple[str, str, int]]:
    """What comes before and after a mistake, and how many characters further."""
    for at in range(len(plain)):
        before, after = plain[:at], plain[at + 1 :]
        yield before, after, 1
        if before and after:
            yield before, after, 2
        if before:
            yield before, plain[at:], 2
        if after:
            yield f"{before}{after[0]}", f"{plain[at]}{after[1:]}", 1


def _nearest(text: str, plain: str) -> str:
    """The part of a text that is as it was typed except for one character; empty if there is none."""
    words = spans(text)
    letters = [characters(text[start:end]) for start, end in words]
    best: tuple[float, int, str] | None = None
    # A character is left out more often than the first or the last one is wrong.
    for length in (len(plain) + 1, len(plain), len(plain) - 1):
        for first in range(len(words) - length + 1):
            distance = OSA.distance(plain, letters[first : first + length], score_cutoff=1)
            part = text[words[first][0] : words[first + length - 1][1]]
            if distance <= 1 and (best is None or distance < best[0]):
                best = distance, length, part
    return best[2] if best else ""
