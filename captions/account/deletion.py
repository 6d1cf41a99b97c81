"""Deletes accounts with all their data; only the access log keeps its entries."""

import time
from collections.abc import Sequence
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
from ..protocol import registry
from ..protocol.ending import stop

log = structlog.get_logger(__name__)

# How long an audio worker has to save the last finals of a session and release it.
ENDING_SECONDS = 15.0
_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Belongings:
    """How much data is deleted with an account; `sound_bytes` and `archive_bytes` are sizes of files."""

    dictations: int
    words: int
    recordings: int
    sound_bytes: int
    archive_bytes: int


def belongings(user: User) -> Belongings:
    mine = Session.all_objects.filter(user=user)
    sessions = mine.aggregate(words=Sum("word_count"))
    recordings = Recording.objects.kept().filter(session__user=user)
    archive = getattr(user, "archive", None)
    return Belongings(
        dictations=mine.count(),
        words=sessions["words"] or 0,
        recordings=recordings.count(),
        sound_bytes=recordings.aggregate(size=Sum("size"))["size"] or 0,
        archive_bytes=archive.size if archive else 0,
    )


def leave(user: User, now: datetime) -> None:
    """Disables the account, which also ends all its logins; `erase_leaving` deletes it later."""
    user.is_active, user.leaving_at = False, user.leaving_at or now
    user.save(update_fields=["is_active", "leaving_at"])


def erase_leaving(*, timeout_seconds: float = ENDING_SECONDS) -> int:
    """Deletes all accounts that `leave` was called for; returns how many. Failures are tried again the next time."""
    erased = 0
    for user in User.objects.exclude(leaving_at=None):
        try:
            erase(user, timeout_seconds=timeout_seconds)
        except Exception:
            # A failure must not keep the other accounts from being deleted.
            log.exception("account_not_deleted", user=user.pk)
            continue
        erased += 1
    return erased


def erase(user: User, *, timeout_seconds: float = ENDING_SECONDS) -> None:
    """Ends the user's live sessions, then deletes everything.

    Sessions that an audio worker does not release within `patience` seconds are deleted all the same.
    """
    mine = Session.all_objects.filter(user=user)
    _end_live([str(pk) for pk in mine.open().values_list("pk", flat=True)], timeout_seconds)
    ids = [str(pk) for pk in mine.values_list("pk", flat=True)]
    for session in mine.iterator():
        # One by one, each under its lock, because a final may be about to be saved.
        session.erase()
    _delete_traces(user, ids)
    number = user.pk
    user.delete()
    log.info("account_deleted", user=number, sessions=len(ids))


def _delete_traces(user: User, sessions: Sequence[str]) -> None:
    """Deletes rows that refer to the user or the sessions without a foreign key: Django's admin log, and logins."""
    for model, ids in ((User, [str(user.pk)]), (Session, sessions)):
        kind = ContentType.objects.get_for_model(model)
        LogEntry.objects.filter(content_type=kind, object_id__in=ids).delete()
    mine = [login.pk for login in Login.objects.iterator() if _is_of(login, user)]
    Login.objects.filter(pk__in=mine).delete()


def _is_of(login: Login, user: User) -> bool:
    return login.get_decoded().get("_auth_user_id") == str(user.pk)


def _end_live(sessions: Sequence[str], timeout_seconds: float) -> None:
    try:
        held = set(async_to_sync(stop)(sessions, "deleted", get_channel_layer()))
        deadline = time.monotonic() + timeout_seconds
        while held and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
            held = registry.held(held)
    except RedisError as error:
        # Without Valkey no session is live; a worker that reconnects finds its session deleted.
        log.warning("sessions_not_stopped", error=type(error).__name__)
        return
    if held:
        log.warning("sessions_not_stopped", sessions=len(held))
