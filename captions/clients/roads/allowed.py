"""A file is heard no longer than its token may be used."""

import time
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress

from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from ...models import ApiToken
from ...speech.passage import Passage
from ...tokens.admission import Refusal
from ...tokens.finding import TokenError, found_again
from ...web.kept_alive import kept_alive
from .hearing import Hearing

_CHECK_SECONDS = 15.0


class Allowed:
    """A file that is being heard for a token, which is looked up again meanwhile. See `Hearing`."""

    def __init__(self, hearing: Hearing, token: ApiToken) -> None:
        self.id, self.kept = hearing.id, hearing.kept
        self._hearing = hearing
        self._token = token

    @property
    def seconds(self) -> float:
        return self._hearing.seconds

    async def passages(self) -> AsyncIterator[Passage]:
        checked_at = time.monotonic()
        async with aclosing(kept_alive(self._hearing.passages(), _CHECK_SECONDS)) as passages:
            async for passage in passages:
                if passage is None or time.monotonic() - checked_at >= _CHECK_SECONDS:
                    await self._check()
                    checked_at = time.monotonic()
                if passage is not None:
                    yield passage

    async def _check(self) -> None:
        """Raises Refusal. Where the database is away, the next time will do."""
        with suppress(OperationalError, InterfaceError):
            try:
                await database_sync_to_async(found_again)(self._token, timezone.now())
            except TokenError as error:
                raise Refusal(401, "invalid_token", str(error)) from error
