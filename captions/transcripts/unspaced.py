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
_TEXTS = 50

_NEAR = """
    WITH near AS MATERIALIZED (
        SELECT text, session_id FROM captions_utterance WHERE search @@ %(query)s::tsquery
        UNION ALL
        SELECT title, id FROM captions_session WHERE search @@ %(query)s::tsquery
    )
    SELECT text FROM near JOIN captions_session AS session ON session.id = session_id
    WHERE session.user_id = %(owner)s AND session.trashed_at IS NULL LIMIT %(texts)s
"""


def similar(user: User, typed: str) -> list[str]:
    """The nearest that the user has said, the most frequent first: with one character wrong, missing or added."""
    plain = characters(typed)
    if not _LEAST <= len(plain) <= _MOST:
        return []
    query = " | ".join(f"({way})" for way in dict.fromkeys(_ways(f"{user.pk:x}~", plain)))
    params: dict[str, Any] = {"query": query, "owner": user.pk, "texts": _TEXTS}
    with connection.cursor() as cursor:
        cursor.execute(_NEAR, params)
        texts = [row[0] for row in cursor.fetchall()]
    said = Counter(found for text in texts if (found := _nearest(text, plain)))
    return [each for each, _ in said.most_common()]


def _ways(mark: str, plain: str) -> Iterator[str]:
    """Queries for what may have been meant; each word in the index begins with `mark`."""
    words = [f"'{mark}{character}'" for character in plain]
    for at, word in enumerate(words):
        before, after = " <-> ".join(words[:at]), " <-> ".join(words[at + 1 :])
        if not before or not after:
            yield before or after
            continue
        yield f"{before} <-> {after}"
        yield f"{before} <2> {after}"
        yield f"{before} <2> {word} <-> {after}"
    for at in range(len(words) - 1):
        yield " <-> ".join([*words[:at], words[at + 1], words[at], *words[at + 2 :]])
    yield f"{' <-> '.join(words[:-1])} <2> {words[-1]}"


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
