"""The trash: what users have deleted, which they can restore until it is deleted for good, with its sound."""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from redis import RedisError

from ..core.promptly import promptly
from ..models import Proposal, Session, Summary, User
from ..protocol import messages
from ..protocol.commands import group
from ..protocol.ending import stop

log = structlog.get_logger(__name__)


def of(user: User) -> QuerySet[Session]:
    """The user's sessions in the trash, the last deleted first."""
    return Session.all_objects.filter(user=user).trashed().order_by("-trashed_at", "-created_at", "-id")


def delete(user: User, keys: Collection[UUID], now: datetime) -> datetime | None:
    """Moves sessions of the user into the trash; those that are running end. Returns the moment, for `restore_from`.

    Without a trash (TRASH_KEEP_DAYS is 0) they are deleted for good, and the answer is None.
    """
    mine = user.sessions.filter(pk__in=keys)
    if not settings.TRASH_KEEP_DAYS:
        for session in mine:
            session.erase()
        return None
    _put(mine, now)
    return now


@transaction.atomic
def _put(sessions: QuerySet[Session], now: datetime) -> None:
    # Locked in the order of their keys, as by the final writer.
    rows = list(
        sessions.order_by("pk").select_for_update(of=("self",)).only("pk", "ended_at", "gen", "clock_ms")
    )
    keys = [row.pk for row in rows]
    Session.objects.filter(pk__in=keys).update(trashed_at=now)
    # Nobody waits for their second passes and summaries any more; whoever restores one can ask again.
    Proposal.objects.pending().filter(session__in=keys).delete()
    Summary.objects.pending().filter(session__in=keys).delete()
    running = [row for row in rows if row.ended_at is None]
    if running:
        transaction.on_commit(partial(_end, running))


def _end(running: list[Session]) -> None:
    try:
        promptly(_stop, running)
    except RedisError as error:
        # Without Valkey no session is live; no worker takes over one that is in the trash.
        log.warning("sessions_not_stopped", error=type(error).__name__)


async def _stop(running: list[Session]) -> None:
    layer = get_channel_layer()
    # The pages first: a worker saves the last words before it says that a session has ended.
    for session in running:
        payload = messages.media("ended", gen=session.gen, clock_ms=session.clock_ms, reason="trashed")
        await layer.group_send(group(str(session.pk)), {"type": "session.event", "payload": payload})
    await stop([str(session.pk) for session in running], "trashed", layer)


def restore(sessions: QuerySet[Session]) -> int:
    """Takes sessions out of the trash; returns how many."""
    return sessions.update(trashed_at=None)


def restore_from(user: User, moment: datetime) -> int:
    """Undoes one deletion: restores what is left of the sessions that were deleted at that moment."""
    return restore(of(user).filter(trashed_at=moment))


def empty(now: datetime) -> int:
    """Deletes for good what has been in the trash for TRASH_KEEP_DAYS; returns how many sessions."""
    since = now - timedelta(days=settings.TRASH_KEEP_DAYS)
    return erase(Session.all_objects.trashed().filter(trashed_at__lte=since))


def erase(sessions: QuerySet[Session]) -> int:
    """Deletes sessions of the trash for good, except those that are restored meanwhile; returns how many."""
    erased = 0
    for pk in list(sessions.values_list("pk", flat=True)):
        try:
            erased += _erase(pk)
        except Exception:
            # One that fails must not keep the others; the next run tries again.
            log.exception("session_not_deleted", session=str(pk))
    if erased:
        log.info("trash_emptied", sessions=erased)
    return erased


@transaction.atomic
def _erase(pk: UUID) -> bool:
    session = Session.all_objects.trashed().select_for_update().filter(pk=pk).first()
    if session is None:
        return False
    session.erase()
    return True
