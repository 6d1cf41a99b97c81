"""Unsure words: those with a probability below UNSURE_BELOW. A corrected word has probability 1."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Func, IntegerField, JSONField, Sum, Value
from django.db.models.functions import Coalesce

from ..models import Session
from ..models.utterance import UtteranceQuerySet

UNSURE_BELOW = 0.5


class _Unsure(Func):
    """The unsure words of an utterance, as a JSON array."""

    template = f"jsonb_path_query_array(%(expressions)s, '$[*] ? (@.probability < {UNSURE_BELOW})')"
    output_field = JSONField()


class _Length(Func):
    function = "jsonb_array_length"
    output_field = IntegerField()


def count(session: Session) -> int:
    """The number of unsure words in a session."""
    rows = session.utterances.with_text().order_by()
    found: dict[str, Any] = rows.aggregate(count=Coalesce(Sum(_Length(_Unsure("words"))), Value(0)))
    return int(found["count"])


def utterances(session: Session) -> UtteranceQuerySet:
    """The utterances of a session that have unsure words."""
    some: UtteranceQuerySet = session.utterances.with_text()
    return some.alias(unsure=_Length(_Unsure("words"))).filter(unsure__gt=0)


def rows(session: Session) -> Iterator[tuple[int, int, list[dict[str, Any]]]]:
    """Yields `seq`, `version` and all words (as stored) of each utterance that has unsure words."""
    yield from utterances(session).in_time().values_list("seq", "version", "words")
