"""How many dictations an account may have at once: those of pages, of programs and of calls, kept or not.

Functions raise redis.RedisError.
"""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from ..core.places import Places
from ..models import Session, User
from ..protocol.messages import MessageError
from ..transcripts.titles import called
from . import unkept_calls

_MOST_NAMED = 5

unkept_feeds = Places("whisperstream:unkept-sessions:", seconds=30)
"""Of each account, by its id: the sessions of feeds that are in no database."""


def locked(user: int) -> User:
    """The account, until the end of the transaction: two sessions that begin at the same time count each other."""
    return User.objects.select_for_update().get(pk=user)


def require_room(session: Session) -> None:
    """Raises MessageError where the session, of an account that is `locked`, may not begin beside its others."""
    user = session.user
    recent = timezone.now() - timedelta(seconds=settings.RESUME_SECONDS)
    running = Session.objects.open().filter(user=user, gen__gt=0, active_at__gte=recent)
    kept = running.exclude(pk=session.pk)
    calls = sum(call.user == user.pk for call in unkept_calls.running().values())
    if kept.count() + unkept_feeds.count(str(user.pk)) + calls < settings.LIMIT_SESSIONS_PER_USER:
        return
    raise MessageError(
        "too_many_sessions",
        _("You have %(count)s dictations running. Stop one of them first.")
        % {"count": settings.LIMIT_SESSIONS_PER_USER},
        retryable=True,
        running=[(str(each.pk), called(each)) for each in kept.order_by("-created_at")[:_MOST_NAMED]],
    )
