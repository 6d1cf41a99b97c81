"""Which audio workers are alive, what state they are in, and which of them holds a session.

Lives in Valkey with short expiry: what is not repeated by a heartbeat is forgotten. Each worker writes its own
entry; the web process only reads.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from django.conf import settings
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.lock import Lock
from redis.backoff import NoBackoff
from redis.exceptions import LockNotOwnedError
from redis.retry import Retry

_WORKERS = "whisperstream:workers"
_HOLDER = "whisperstream:holder:"


@dataclass(frozen=True, slots=True)
class WorkerState:
    """What one audio worker says of itself.

    While `loading`, `message` says what is done ("Downloading the model base."), in the language of the sources, and
    `done` of `total` bytes are there (0 of 0 when unknown); when `failed`, `message` is the reason.
    """

    name: str
    state: Literal["loading", "ready", "draining", "failed"]
    message: str = ""
    done: int = 0
    total: int = 0
    sessions: int = 0
    room: int = 0
    model: str = ""
    device: str = ""


def _ttl_ms() -> int:
    return int(settings.HEARTBEAT_LOST_SECONDS * 1000)


def workers() -> list[WorkerState]:
    """The workers that were heard of lately. Raises redis.RedisError."""
    with Redis.from_url(settings.REDIS_URL, socket_timeout=2, retry=Retry(NoBackoff(), 0)) as redis:
        keys = sorted(redis.scan_iter(match=f"{_WORKERS}:*"))
        entries = redis.mget(keys) if keys else []
    return [msgspec.json.decode(entry, type=WorkerState) for entry in entries if entry]


class Registry:
    """A worker's, or a consumer's, connection to the registry. Methods raise redis.RedisError."""

    def __init__(self, redis: AsyncRedis | None = None) -> None:
        self._redis: Any = redis or AsyncRedis.from_url(
            settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2
        )

    async def announce(self, state: WorkerState) -> None:
        await self._redis.set(f"{_WORKERS}:{state.name}", msgspec.json.encode(state), px=_ttl_ms())

    async def leave(self, name: str) -> None:
        await self._redis.delete(f"{_WORKERS}:{name}")

    async def hold(self, session: str, worker: str) -> bool:
        """Takes or renews the hold of `worker` on a session; False when another worker has it."""
        lock = self._lock(session, worker)
        if await lock.acquire(blocking=False, token=worker):
            return True
        try:
            return bool(await lock.reacquire())
        except LockNotOwnedError:
            return False

    async def release(self, session: str, worker: str) -> None:
        """Ends the hold of `worker`; that of another one stays."""
        with suppress(LockNotOwnedError):
            await self._lock(session, worker).release()

    async def holder(self, session: str) -> str | None:
        """The name of the worker that holds a session, which is also the channel it listens on."""
        value = await self._redis.get(_HOLDER + session)
        return value.decode() if value else None

    def _lock(self, session: str, worker: str) -> Lock:
        """The hold of a session, as this worker's: it is renewed and released where Valkey says that it is, at once."""
        lock = Lock(
            self._redis, _HOLDER + session, timeout=settings.HEARTBEAT_LOST_SECONDS, thread_local=False
        )
        lock.local.token = worker.encode()
        return lock

    async def close(self) -> None:
        await self._redis.aclose()
