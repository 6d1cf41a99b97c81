"""Whether an account may push sound now, and the session that this begins."""

import uuid
from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction
from redis import RedisError

from ...models import ApiToken, Session, User
from ...protocol.feed_frames import Listen
from ..room import locked, require_room, unkept_feeds

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
            unkept_feeds.keep(str(self.user), str(self.id))

    def leave(self) -> None:
        if not self.kept:
            with suppress(RedisError):
                unkept_feeds.leave(str(self.user), str(self.id))


def admit(speaker: ApiToken | User, listen: Listen, *, kept: bool, title: str = "") -> FedSession:
    """Begins a session of an account, or of that of a token, with the account's settings where `listen` has none.

    Raises MessageError where it has as many as it may, and redis.RedisError.
    """
    with transaction.atomic():
        user = locked(speaker.pk if isinstance(speaker, User) else speaker.user_id)
        session = Session(user=user, language=listen.language, title=title, gen=1, keep_sound=user.keep_sound)
        require_room(session)
        if kept:
            session.save()
        else:
            unkept_feeds.keep(str(user.pk), str(session.pk))
    return FedSession(session.pk, user.pk, kept, of_account(user, listen))


def discard(session: FedSession) -> None:
    """Deletes the row of a session that no worker took."""
    if session.kept:
        Session.objects.discard_wordless(session.id)


def of_account(user: User, listen: Listen) -> Listen:
    """`listen`, completed with the settings of an account."""
    return listen.over(Listen("", user.endpointing, tuple(user.vocabulary)))
