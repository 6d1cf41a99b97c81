"""Makes and revokes share links."""

from collections.abc import Iterable
from datetime import datetime

import structlog
from channels.layers import get_channel_layer
from django.db import transaction
from django.utils.translation import gettext as _
from redis import RedisError

from ..core.errors import RefusedError
from ..core.promptly import promptly
from ..models import MOST_SHARES, Session, Share
from . import keys
from .access import share_group

log = structlog.get_logger(__name__)


class TooManySharesError(RefusedError):
    """The session has all the links that it may have."""


@transaction.atomic
def make(
    session: Session, *, now: datetime, partials: bool = True, frame_ancestors: Iterable[str] = ()
) -> tuple[Share, str]:
    """A new link and its key, which nobody can be shown again. Raises TooManySharesError."""
    # The lock makes two simultaneous requests count each other's link.
    Session.objects.select_for_update().get(pk=session.pk)
    if session.shares.filter(revoked_at=None).count() >= MOST_SHARES:
        raise TooManySharesError(
            _("These captions have %(count)s links, which is the most. Revoke one first.")
            % {"count": MOST_SHARES}
        )
    key = keys.new()
    share = Share.objects.create(
        session=session,
        digest=keys.digest(key),
        shown=key[: keys.SHOWN],
        partials=partials,
        frame_ancestors=" ".join(frame_ancestors),
        created_at=now,
    )
    log.info("share_made", session=str(session.pk), share=share.pk)
    return share, key


def revoke(share: Share, now: datetime) -> None:
    """Revokes a link for good; whoever reads with it is told at once."""
    if not share.revoke(now):
        return
    log.info("share_revoked", session=str(share.session_id), share=share.pk)
    try:
        promptly(get_channel_layer().group_send, share_group(share.pk), {"type": "share.revoked"})
    except RedisError as error:
        # It only delays the end: every stream checks it at AUTH_RECHECK_SECONDS.
        log.warning("change_not_announced", error=type(error).__name__)
