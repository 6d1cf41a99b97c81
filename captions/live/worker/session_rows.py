"""The database rows of the sessions that a worker takes."""

import asyncio
import uuid
from dataclasses import dataclass
from typing import Any

import structlog
from channels.db import database_sync_to_async
from django.db import DatabaseError

from ...models import Session, Utterance
from ...models.shared_clock import shared_now
from ...protocol.commands import Open, OpenFeed
from ...transcripts.finals import as_messages, page_after

log = structlog.get_logger(__name__)

# Longest wait for the database at the end of a session in which nothing was said.
_DISCARD_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Taken:
    """The row of a session that is taken, one that is in no database where nothing is kept, and its clock by now."""

    row: Session
    clock_ms: int


async def take_over(command: Open | OpenFeed) -> Taken:
    """Raises Session.DoesNotExist, and django.db.DatabaseError."""
    if not command.kept:
        return Taken(Session(pk=uuid.UUID(command.session), keep_sound=False), 0)
    is_taped = isinstance(command, Open) and command.taped
    taken: Taken = await database_sync_to_async(_take)(uuid.UUID(command.session), is_taped)
    return taken


def _take(session: uuid.UUID, is_taped: bool) -> Taken:
    # This host's clock may differ from that of the host that had it.
    now = shared_now()
    row = Session.objects.take_over(session, now, is_taped=is_taped)
    return Taken(row, row.clock_now(now))


def finals(session: str, after_seq: int) -> list[dict[str, Any]]:
    """The next saved finals after `after_seq`: see `page_after`. Raises django.db.DatabaseError."""
    return as_messages(page_after(Utterance.objects.filter(session=uuid.UUID(session)), after_seq))


async def discard(session: uuid.UUID) -> bool:
    """Deletes a session in which nothing was said; False if it is to be kept, or cannot be deleted now."""
    try:
        async with asyncio.timeout(_DISCARD_SECONDS):
            # What was said in an outage may still be delivered.
            wordless = Session.objects.filter(outages=[])
            discarded: bool = await database_sync_to_async(wordless.discard_wordless)(session)
            return discarded
    except (DatabaseError, TimeoutError) as error:
        log.warning("session_not_discarded", session=str(session), error=type(error).__name__)
        return False
