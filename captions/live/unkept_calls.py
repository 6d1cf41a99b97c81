"""The calls that run without a row in the database, in Valkey: whose they are, and with which token they speak.

Functions raise redis.RedisError.
"""

import time
import uuid
from datetime import datetime

import msgspec

from ..core.valkey import valkey
from ..models import ApiToken
from ..protocol import registry

_KEY = "whisperstream:unkept-calls"
# Later than that, a call that no worker holds is over.
_BEGIN_SECONDS = 30


class UnkeptCall(msgspec.Struct, frozen=True):
    user: int
    token: int
    began: float
    """In seconds since 1970."""


def enter(session: uuid.UUID, token: ApiToken) -> None:
    call = UnkeptCall(token.user_id, token.pk, time.time())
    valkey().hset(_KEY, str(session), msgspec.json.encode(call))


def leave(session: uuid.UUID) -> None:
    valkey().hdel(_KEY, str(session))


def find(session: uuid.UUID) -> UnkeptCall | None:
    found = valkey().hget(_KEY, str(session))
    return msgspec.json.decode(found, type=UnkeptCall) if found else None


def running() -> dict[str, UnkeptCall]:
    """All calls, by session; forgets those that are over."""
    calls = {
        name.decode(): msgspec.json.decode(call, type=UnkeptCall)
        for name, call in valkey().hgetall(_KEY).items()
    }
    old = [name for name, call in calls.items() if call.began < time.time() - _BEGIN_SECONDS]
    over = set(old) - registry.held(old)
    if over:
        valkey().hdel(_KEY, *over)
    return {name: call for name, call in calls.items() if name not in over}


def without_token(now: datetime) -> list[str]:
    """The sessions whose token may not be used any longer."""
    calls = running()
    tokens = {call.token for call in calls.values()}
    usable = set(ApiToken.objects.usable(now).filter(pk__in=tokens).values_list("pk", flat=True))
    return [name for name, call in calls.items() if call.token not in usable]
