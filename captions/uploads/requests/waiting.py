"""The web process's end of a request: it exists as long as somebody waits, and its file as long as it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID

import structlog
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.db import DatabaseError
from django.utils.translation import gettext_noop
from redis import RedisError

from ...core.cancellation import cancel_and_wait, independent_task
from ...models import ApiToken, FileRequest
from ...models.leased_job import at_once
from ..folder import upload_folder
from ..tasks import answer_soon
from . import told
from .wish import Wish

log = structlog.get_logger(__name__)

_RENEW_SECONDS = 15.0
_LONGEST_NAME = 200
_GONE = gettext_noop("The file is no longer on the server. Send it again.")


class Waiting:
    """A request whose file is at `path`, or is to be written there: its folder exists."""

    def __init__(self, request: FileRequest) -> None:
        self._request = request

    @property
    def pk(self) -> UUID:
        return self._request.pk

    @property
    def kept(self) -> bool:
        """Whether the history will have it."""
        return self._request.kept

    @property
    def path(self) -> Path:
        return upload_folder().file(self.pk)

    async def hear(self, name: str, wish: Wish, seconds: float) -> AsyncIterator[told.Told]:
        """Has a Celery worker transcribe the file, which has about so many seconds, 0 if unknown.

        The last event is Over or Failed. Raises django.db.Error, redis.RedisError.
        """
        await database_sync_to_async(self._enqueue)(name, wish, seconds)
        async for event in told.told(self.pk):
            yield event

    def _enqueue(self, name: str, wish: Wish, seconds: float) -> None:
        request = self._request
        request.name, request.wish = name[:_LONGEST_NAME], wish.stored()
        request.duration_ms, request.due_at = round(seconds * 1000), at_once()
        request.save(update_fields=["name", "wish", "duration_ms", "due_at"])
        answer_soon(self.pk)


@asynccontextmanager
async def waiting(token: ApiToken) -> AsyncIterator[Waiting]:
    """A request of the token's account, as long as the block runs. Afterwards nothing of it is left.

    Raises django.db.Error where the database is away, OSError where the folder cannot be made.
    """
    request = await database_sync_to_async(FileRequest.objects.create)(
        user_id=token.user_id, kept=token.keep_history
    )
    alive = independent_task(_stay(request.pk))
    try:
        await sync_to_async(upload_folder().make)(request.pk)
        yield Waiting(request)
    finally:
        # Also where the program has gone: then this task is being cancelled, and must not end before it has tidied up.
        await asyncio.shield(asyncio.create_task(_end(request.pk, alive)))


async def _stay(pk: UUID) -> None:
    while True:
        await asyncio.sleep(_RENEW_SECONDS)
        with suppress(DatabaseError, RedisError):
            if not await database_sync_to_async(FileRequest.objects.still_wanted)(pk):
                # It is gone, as with its account: nobody works on it any more, so nobody else would tell.
                await sync_to_async(told.tell)(pk, told.Failed(_GONE, {}, by_file=False))


async def _end(pk: UUID, alive: "asyncio.Task[None]") -> None:
    await cancel_and_wait([alive])
    # What cannot be deleted now is found by `tidying`.
    with suppress(DatabaseError):
        await database_sync_to_async(FileRequest.objects.filter(pk=pk).delete)()
    await sync_to_async(upload_folder().remove)(pk)
    with suppress(RedisError):
        await sync_to_async(told.forget)(pk)
