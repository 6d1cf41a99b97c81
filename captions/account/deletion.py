"""The end of an account: everything of its person goes, and nothing is left but what others have seen of it."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session as Login
from django.db.models import Sum
from redis import RedisError

from ..models import Recording, Session, User
from ..protocol.commands import Control, pack
from ..protocol.registry import Registry

log = structlog.get_logger(__name__)

# How long a worker gets to write the last words of a dictation and to let go of it.
ENDING_SECONDS = 15.0
_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Belongings:
    """What goes with an account, in numbers; `sound_bytes` and `archive_bytes` are what lies on the disk."""

    dictations: int
    words: int
    recordings: int
    sound_bytes: int
    archive_bytes: int


def belongings(user: User) -> Belongings:
    sessions = user.sessions.aggregate(words=Sum("word_count"))
    recordings = Recording.objects.kept().filter(session__user=user)
    archive = getattr(user, "archive", None)
    return Belongings(
        dictations=user.sessions.count(),
        words=sessions["words"] or 0,
        recordings=recordings.count(),
        sound_bytes=recordings.aggregate(size=Sum("size"))["size"] or 0,
        archive_bytes=archive.size if archive else 0,
    )


def leave(user: User, now: datetime) -> None:
    """From now on nobody can log in to the account, in no browser; `erase_leaving` deletes it."""
    user.is_active, user.leaving_at = False, user.leaving_at or now
    user.save(update_fields=["is_active", "leaving_at"])


def erase_leaving(*, timeout_seconds: float = ENDING_SECONDS) -> int:
    """Deletes every account whose person has left; returns how many. What fails is tried again the next time."""
    erased = 0
    for user in User.objects.exclude(leaving_at=None):
        try:
            erase(user, timeout_seconds=timeout_seconds)
        except Exception:
            # The others must not wait for this one.
            log.exception("account_not_deleted", user=user.pk)
            continue
        erased += 1
    return erased


def erase(user: User, *, timeout_seconds: float = ENDING_SECONDS) -> None:
    """Ends what is live of theirs, then deletes it all. Sessions that a worker does not let go of are deleted too."""
    _end_live(
        [str(pk) for pk in user.sessions.filter(ended_at=None).values_list("pk", flat=True)], timeout_seconds
    )
    ids = [str(pk) for pk in user.sessions.values_list("pk", flat=True)]
    for session in user.sessions.iterator():
        # One by one, each under its lock: a final of it may be on its way.
        session.erase()
    _delete_traces(user, ids)
    number = user.pk
    user.delete()
    log.info("account_deleted", user=number, sessions=len(ids))


def _delete_traces(user: User, sessions: Sequence[str]) -> None:
    """What refers to them without a foreign key."""
    for model, ids in ((User, [str(user.pk)]), (Session, sessions)):
        kind = ContentType.objects.get_for_model(model)
        LogEntry.objects.filter(content_type=kind, object_id__in=ids).delete()
    mine = [login.pk for login in Login.objects.iterator() if _is_of(login, user)]
    Login.objects.filter(pk__in=mine).delete()


def _is_of(login: Login, user: User) -> bool:
    return login.get_decoded().get("_auth_user_id") == str(user.pk)


def _end_live(sessions: Sequence[str], timeout_seconds: float) -> None:
    try:
        held = async_to_sync(_stop)(sessions)
        deadline = time.monotonic() + timeout_seconds
        while held and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
            held = async_to_sync(_held)(held)
    except RedisError as error:
        # Without it nobody is live; a worker that comes back finds the session gone.
        log.warning("sessions_not_stopped", error=type(error).__name__)
        return
    if held:
        log.warning("sessions_not_stopped", sessions=len(held))


async def _stop(sessions: Iterable[str]) -> list[str]:
    """Asks the workers that hold them to end them; returns those that are held."""
    registry, layer, held = Registry(), get_channel_layer(), []
    try:
        for session in sessions:
            worker = await registry.holder(session)
            if worker is not None:
                await layer.send(worker, pack(Control(session, "stop", "", "deleted")))
                held.append(session)
    finally:
        await registry.close()
    return held


async def _held(sessions: Iterable[str]) -> list[str]:
    registry = Registry()
    try:
        return [session for session in sessions if await registry.holder(session) is not None]
    finally:
        await registry.close()
