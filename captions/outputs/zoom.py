"""Zoom's closed captions by HTTP POST: only text, with its number and language in the address.

https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0060372
"""

import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

from babel.core import get_global
from django.utils.translation import gettext_noop

from ..transcripts.export.options import CueRules
from .answers import TAKEN, Answer, Outcome

RULES = CueRules(columns=40, lines=2)
BEAT_SECONDS: float | None = None

_NUMBER = re.compile(rb"\s*(\d{1,15})\s*")


def post_url(address: str, number: int, language: str) -> str:
    url = f"{address}{'&' if '?' in address else '?'}seq={number}"
    locale = "" if re.search(r"[?&]lang=", address) else _locale(language)
    return f"{url}&lang={locale}" if locale else url


def body(lines: Sequence[str], at: datetime) -> bytes:
    return "\n".join(lines).encode()


def number_url(address: str) -> str | None:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/seq"))


def read_number(status: int, body: bytes) -> int | Answer:
    if status == 200:
        found = _NUMBER.fullmatch(body)
        return int(found[1]) if found else 0
    # A proxy may not have this.
    return 0 if status in (404, 405) else understand(status, body)


def understand(status: int, body: bytes) -> Answer:
    if 200 <= status < 300:
        return TAKEN
    if status == 429 or status >= 500:
        return Answer(Outcome.RETRY, gettext_noop("Zoom is busy. Trying again."))
    if status == 400:
        return Answer(Outcome.RETRY, gettext_noop("The meeting has not begun in Zoom. Trying again."))
    return Answer(
        Outcome.GONE,
        gettext_noop("Zoom refuses this address; it may have expired. Copy a new one, and remove this one."),
    )


def _locale(language: str) -> str:
    """The language with its most likely region, such as "en-US" for "en"; empty if unknown."""
    likely = get_global("likely_subtags").get(language)
    return f"{language}-{likely.rpartition('_')[2]}" if likely else ""
