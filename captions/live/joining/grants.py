"""Links with which a device joins a dictation, and what one that has joined may do; both are in Valkey, and expire.

A link and a cookie have a random key of 128 bits, of which only the SHA-256 is stored. What a key opens names its
owner's login, so it is sealed. Functions raise redis.RedisError.
"""

import re
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from msgspec import Struct

from ...core.sealing import SealError, seal, unseal
from ...core.token_text import digest
from ...core.valkey import valkey, valkey_now

LINK_SECONDS = 60
"""How long a link can be opened."""
_AWAY_SECONDS = 20
_LINK = "whisperstream:joining:link:"
_NEWEST = "whisperstream:joining:newest:"
_DEVICE = "whisperstream:joining:device:"
_KEY = re.compile(r"[\w-]{22}", re.ASCII)


class Grant(Struct, frozen=True):
    """The microphone of one session, for as long as the login that gave it lasts, and the session is not reopened."""

    session: UUID
    user: int
    login: str | None
    continuations: int

    def __repr__(self) -> str:
        # The key of a login is a secret.
        return f"Grant(session={str(self.session)!r})"


@dataclass(frozen=True, slots=True)
class Device:
    """A device that has joined. `is_here` if its page is open, `is_heard` if its sound arrives, too."""

    grant: Grant
    is_here: bool
    is_heard: bool


def make_link(grant: Grant) -> str:
    """The key of a link with which one device can join. The one before it opens nothing any more."""
    key = secrets.token_urlsafe(16)
    newest, name = f"{_NEWEST}{grant.session}", digest(key).hex()
    if before := valkey().set(newest, name, ex=LINK_SECONDS, get=True):
        valkey().delete(_LINK + before.decode())
    valkey().set(_LINK + name, _sealed(grant), ex=LINK_SECONDS)
    return key


def may_join(key: str) -> bool:
    """Whether the key of a link opens something now."""
    return bool(_KEY.fullmatch(key)) and bool(valkey().exists(_LINK + digest(key).hex()))


def use_link(key: str) -> Grant | None:
    """What a link opens; it opens it once."""
    if not _KEY.fullmatch(key):
        return None
    return _unsealed(valkey().getdel(_LINK + digest(key).hex()))


def join(grant: Grant, gen: int) -> str | None:
    """Lets a device join, and returns what its cookie is to say; None where another one has joined.

    The generations of its connections begin behind `gen`.
    """
    key, name = secrets.token_urlsafe(16), _DEVICE + str(grant.session)
    if not valkey().hsetnx(name, "digest", digest(key)):
        return None
    with valkey().pipeline() as together:
        together.hset(name, mapping={"grant": _sealed(grant), "gen": gen, "seen": valkey_now(), "heard": 0})
        together.expire(name, settings.LIMIT_SESSION_SECONDS)
        together.execute()
    return f"{grant.session.hex}.{key}"


def of_cookie(text: str) -> Grant | None:
    """What the cookie of a device opens."""
    session, _, key = text.partition(".")
    try:
        name = _DEVICE + str(UUID(hex=session))
    except ValueError:
        return None
    stored, sealed = valkey().hmget(name, "digest", "grant")
    if not stored or not secrets.compare_digest(stored, digest(key)):
        return None
    return _unsealed(sealed)


def device(session: UUID) -> Device | None:
    """The device that has joined a session."""
    sealed, seen, heard = valkey().hmget(_DEVICE + str(session), "grant", "seen", "heard")
    grant = _unsealed(sealed)
    if grant is None:
        return None
    is_here = valkey_now() - float(seen or 0) < _AWAY_SECONDS
    return Device(grant, is_here, is_here and heard == b"1")


def gen_of(session: UUID) -> int:
    """The last generation that its device has offered."""
    return int(valkey().hget(_DEVICE + str(session), "gen") or 0)


def note(session: UUID, **facts: Any) -> None:
    """Notes with the device of a session its `gen`, whether it is `heard` (0 or 1), and that it was seen just now."""
    name = _DEVICE + str(session)
    # One that was removed meanwhile is not made again.
    if valkey().hexists(name, "digest"):
        valkey().hset(name, mapping={"seen": valkey_now(), **facts})


def remove(session: UUID) -> bool:
    """Withdraws the link of a session, and what its device may do; False if it had none."""
    if link := valkey().getdel(f"{_NEWEST}{session}"):
        valkey().delete(_LINK + link.decode())
    return bool(valkey().delete(_DEVICE + str(session)))


def _sealed(grant: Grant) -> bytes:
    return seal(msgspec.json.encode(grant).decode())


def _unsealed(sealed: bytes | None) -> Grant | None:
    if not sealed:
        return None
    try:
        return msgspec.json.decode(unseal(sealed), type=Grant)
    except SealError:
        return None
