"""Whether an account may push sound now, and the session that this begins."""

import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from redis import RedisError

from ...core.places import Places
from ...models import ApiToken, Session, User
from ...protocol.feed_frames import Listen
from ...protocol.messages import MessageError
from .. import unkept_calls

# The place of a web process that was killed is free after this long.
_places = Places("whisperstream:unkept-sessions:", seconds=30)
RENEW_SECONDS = 10.0
"""How often `renew` is to be called."""


@dataclass(frozen=True, slots=True)
class FedSession:
    """A session that was admitted. One that is not `kept` is in no database, and holds a place until `leave`."""

    id: uuid.UUID
    user: int
    kept: bool
    listen: Listen

    def renew(self) -> None:
        """Keeps the place. Raises redis.RedisError."""
        if not self.kept:
            _places.keep(str(self.user), str(self.id))

    def leave(self) -> None:
        if not self.kept:
            with suppress(RedisError):
                _places.leave(str(self.user), str(self.id))


def admit(speaker: ApiToken | User, listen: Listen, *, kept: bool, title: str = "") -> FedSession:
    """Begins a session of an account, or of that of a token, with the account's settings where `listen` has none.

    Raises MessageError where it has as many as it may, and redis.RedisError.
    """
    with transaction.atomic():
        user = require_room(speaker.pk if isinstance(speaker, User) else speaker.user_id)
        session = Session(user=user, language=listen.language, title=title, gen=1, keep_sound=user.keep_sound)
        if kept:
            session.save()
        else:
            _places.keep(str(user.pk), str(session.pk))
    return FedSession(session.pk, user.pk, kept, of_account(user, listen))


def require_room(pk: int) -> User:
    """The user, if another session of theirs may begin; to be called in the transaction in which it does.

    Raises MessageError where they have as many as they may, and redis.RedisError.
    """
    # The lock makes two simultaneous sessions of one user count each other.
    user = User.objects.select_for_update().get(pk=pk)
    recent = timezone.now() - timedelta(seconds=settings.RESUME_SECONDS)
    kept = Session.objects.open().filter(user=user, gen__gt=0, active_at__gte=recent).count()
    calls = sum(call.user == pk for call in unkept_calls.running().values())
    if kept + _unkept(pk) + calls >= settings.LIMIT_SESSIONS_PER_USER:
        raise MessageError(
            "too_many_sessions",
            _("You have %(count)s dictations running. Stop one of them first.")
            % {"count": settings.LIMIT_SESSIONS_PER_USER},
            retryable=True,
        )
    return user


def discard(session: FedSession) -> None:
    """Deletes the row of a session that no worker took."""
    if session.kept:
        Session.objects.discard_wordless(session.id)


def of_account(user: User, listen: Listen) -> Listen:
    """`listen`, completed with the settings of an account."""
    return listen.over(Listen("", user.endpointing, tuple(user.vocabulary)))


def _unkept(user: int) -> int:
    return _places.count(str(user))
