"""YouTube's ingestion of captions by HTTP POST: the time in UTC, then the text.

https://support.google.com/youtube/answer/3068031
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from django.utils.translation import gettext_noop

from ..transcripts.export.options import CueRules
from .answers import Answer, Outcome

RULES = CueRules(columns=37, lines=2)
BEAT_SECONDS: float | None = 5.0

_TIME = re.compile(rb"\s*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?)")


def post_url(address: str, number: int, language: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}seq={number}"


def body(lines: Sequence[str], at: datetime) -> bytes:
    if not lines:
        return b""
    moment = at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
    return f"{moment}\n{'<br>'.join(lines)}\n".encode()


def number_url(address: str) -> str | None:
    return None


def read_number(status: int, body: bytes) -> int | Answer:
    return 0


def understand(status: int, body: bytes) -> Answer:
    if 200 <= status < 300:
        return Answer(Outcome.OK, server_time=_server_time(body))
    if status == 429 or status >= 500:
        return Answer(Outcome.RETRY, gettext_noop("YouTube is busy. Trying again."))
    if status == 400:
        return Answer(
            Outcome.RETRY, gettext_noop("YouTube takes no captions yet. Is the stream running? Trying again.")
        )
    return Answer(
        Outcome.GONE,
        gettext_noop("YouTube refuses this address. Copy it from YouTube Studio again, and remove this one."),
    )


def _server_time(body: bytes) -> datetime | None:
    if found := _TIME.match(body):
        with suppress(ValueError):
            return datetime.fromisoformat(found[1].decode()).replace(tzinfo=UTC)
    return None
