"""Makes and revokes tokens."""

from collections.abc import Collection, Iterable
from datetime import datetime

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from ..core import token_text
from ..core.errors import RefusedError
from ..models import MOST_TOKENS, ApiToken, User, in_order
from .signals import tokens_revoked

log = structlog.get_logger(__name__)


class TooManyTokensError(RefusedError):
    """The account has all the tokens that it may have."""


def issue(
    user: User,
    *,
    name: str,
    scopes: Collection[str],
    now: datetime,
    expires_at: datetime | None = None,
    keep_history: bool = False,
) -> tuple[ApiToken, str]:
    """A new token and its text, which nobody can be shown again. Raises TooManyTokensError."""
    text = token_text.new()
    with transaction.atomic():
        # The lock makes two simultaneous requests count each other's token.
        User.objects.select_for_update().get(pk=user.pk)
        if user.api_tokens.usable(now).count() >= MOST_TOKENS:
            raise TooManyTokensError(
                _("You have %(count)s tokens, which is the most. Revoke one first.") % {"count": MOST_TOKENS}
            )
        token = ApiToken.objects.create(
            user=user,
            name=name,
            shown=text[: token_text.SHOWN],
            digest=token_text.digest(text),
            scopes=in_order(scopes),
            keep_history=keep_history,
            created_at=now,
            expires_at=expires_at,
        )
    log.info("token_issued", token=token.pk, user=user.pk, scopes=token.scopes)
    return token, text


def revoke(tokens: Iterable[ApiToken], now: datetime) -> int:
    """Revokes `tokens` for good; returns how many of them were not revoked before."""
    tokens = list(tokens)
    ids = [token.pk for token in tokens]
    users = list({token.user_id for token in tokens})
    count = ApiToken.objects.filter(pk__in=ids, revoked_at=None).update(revoked_at=now)
    log.info("tokens_revoked", tokens=ids)
    transaction.on_commit(lambda: _tell(ids, users))
    return count


def _tell(tokens: list[int], users: list[int]) -> None:
    tokens_revoked.send(ApiToken, tokens=tokens, users=users)
