"""The registry: which audio workers are alive, in what state they are, and which of them holds a session.

It lives in Valkey. Entries expire after HEARTBEAT_LOST_SECONDS unless a heartbeat renews them. Each worker writes its
own entries; web processes only read.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from asgiref.sync import sync_to_async
from django.conf import settings
from redis import ResponseError
from redis.asyncio import Redis as AsyncRedis

from ..core.valkey import async_valkey, valkey, valkey_now
from .holding import Holds

_WORKERS = "whisperstream:workers"
_HOLDER = "whisperstream:holder:"


@dataclass(frozen=True, slots=True)
class WorkerState:
    """The state that an audio worker announces with each heartbeat."""

    name: str
    """The worker's name, which is also the channel on which it listens for commands."""
    state: Literal["loading", "ready", "draining", "failed"]
    message: str = ""
    """In English: what is being done while loading ("Downloading the model base."), or why it failed."""
    done: int = 0
    """Bytes of the model that are downloaded."""
    total: int = 0
    """Bytes of the model; 0 if unknown."""
    sessions: int = 0
    """Sessions that it holds."""
    room: int = 0
    """How many more sessions it takes."""
    model: str = ""
    device: str = ""
    only_language: str = ""
    """The code of the only language that its model knows; empty if it knows several, or is not loaded."""
    connection: int = 0
    """The number of a connection that the worker keeps to Valkey, which ends at once with its process; 0 if unknown."""


def _ttl_ms() -> int:
    return int(settings.HEARTBEAT_LOST_SECONDS * 1000)


def workers() -> list[WorkerState]:
    """The workers whose entries have not expired, without those that were killed since. Raises redis.RedisError."""
    keys = sorted(valkey().scan_iter(match=f"{_WORKERS}:*"))
    entries = valkey().mget(keys) if keys else []
    found = [msgspec.json.decode(entry, type=WorkerState) for entry in entries if entry]
    known = _still_open([worker.connection for worker in found if worker.connection])
    return [worker for worker in found if not worker.connection or worker.connection in known]


def _still_open(connections: list[int]) -> set[int]:
    if not connections:
        return set()
    try:
        return {int(client["id"]) for client in valkey().client_list(client_id=connections)}
    except ResponseError:
        # It is not allowed to everybody.
        return set(connections)


def holder(session: str) -> str | None:
    """The name of the worker that holds a session, which is also its channel; None if no worker does.

    Raises redis.RedisError.
    """
    name = valkey().get(_HOLDER + session)
    return name.decode() if name else None


def is_held(session: str) -> bool:
    """Whether a worker holds the session. Raises redis.RedisError."""
    return bool(valkey().exists(_HOLDER + session))


def held(sessions: Collection[str]) -> set[str]:
    """Those of the sessions that a worker holds. Raises redis.RedisError."""
    if not sessions:
        return set()
    holders = valkey().mget([_HOLDER + session for session in sessions])
    return {session for session, holder in zip(sessions, holders, strict=True) if holder}


class SharedRegistry:
    """The registry for asynchronous code that reads it, over connections that the whole process shares.

    While Valkey is away, a read waits: not in the thread that all database access shares. Methods raise
    redis.RedisError.
    """

    async def workers(self) -> list[WorkerState]:
        return await sync_to_async(workers, thread_sensitive=False)()

    async def holder(self, session: str) -> str | None:
        return await sync_to_async(holder, thread_sensitive=False)(session)

    async def now(self) -> float:
        """The time on the clock that all hosts share, which is Valkey's: seconds since 1970."""
        return await sync_to_async(valkey_now, thread_sensitive=False)()


class Registry:
    """The connection of a worker to the registry. Methods raise redis.RedisError."""

    def __init__(self, redis: AsyncRedis | None = None) -> None:
        self._redis: Any = redis or async_valkey()
        self._holds = Holds(self._redis, _HOLDER)

    async def connection(self) -> int:
        """The number of a connection that is kept until this is closed, or its process ends; 0 if Valkey tells none."""
        try:
            return int(await self._redis.client_id())
        except ResponseError:
            return 0

    async def announce(self, state: WorkerState) -> None:
        await self._redis.set(f"{_WORKERS}:{state.name}", msgspec.json.encode(state), px=_ttl_ms())

    async def leave(self, name: str) -> None:
        await self._redis.delete(f"{_WORKERS}:{name}")

    async def hold(self, session: str, worker: str) -> bool:
        """Takes or renews `worker`'s hold on a session; False if another worker holds it."""
        return await self._holds.hold(session, worker)

    async def release(self, session: str, worker: str) -> None:
        """Ends `worker`'s hold on a session; no effect if another worker holds it."""
        await self._holds.release(session, worker)

    async def now(self) -> float:
        """The time on the clock that all hosts share, which is Valkey's: seconds since 1970."""
        seconds, microseconds = await self._redis.time()
        return float(seconds) + float(microseconds) / 1e6

    async def close(self) -> None:
        await self._redis.aclose()
