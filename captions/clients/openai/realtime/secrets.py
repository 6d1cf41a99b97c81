"""Client secrets: short-lived keys that stand for an API token, which a page can be given.

They are in Valkey, by their digest, and die with their token. Functions raise redis.RedisError.
"""

import hashlib
import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from ....core.valkey import valkey
from ....models import ApiToken
from ....tokens import finding
from ....tokens.finding import TokenError, check_usable

# The official clients for browsers take no other key.
BEGINNING = "ek_"
_KEY = "whisperstream:client-secret:"
_ALPHABET = string.digits + string.ascii_letters
_RANDOM = 36
LEAST_SECONDS, MOST_SECONDS, USUAL_SECONDS = 10, 7_200, 600


@dataclass(frozen=True, slots=True)
class Found:
    token: ApiToken
    wanted: dict[str, Any] | None
    """How its session is configured; None for the token itself."""


class _Stored(msgspec.Struct):
    token: int
    wanted: dict[str, Any]


def make(token: ApiToken, wanted: dict[str, Any], seconds: int, now: datetime) -> tuple[str, int]:
    """A new secret that stands for the token, and when it expires, in seconds since 1970."""
    value = BEGINNING + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    valkey().set(_key(value), msgspec.json.encode(_Stored(token.pk, wanted)), ex=seconds)
    return value, int((now + timedelta(seconds=seconds)).timestamp())


def find(text: str, now: datetime) -> Found:
    """The token with this text, or that of the secret with this text. Raises TokenError."""
    if not text.startswith(BEGINNING):
        return Found(finding.find(text, now), None)
    if (stored := valkey().get(_key(text))) is None:
        raise TokenError(_("This client secret has expired, or there never was one. Ask for a new one."))
    found = msgspec.json.decode(stored, type=_Stored)
    token = ApiToken.objects.select_related("user").filter(pk=found.token).first()
    if token is None:
        raise TokenError(_("The API token of this client secret was deleted."))
    check_usable(token, now)
    return Found(token, found.wanted)


def _key(value: str) -> str:
    return _KEY + hashlib.sha256(value.encode()).hexdigest()
