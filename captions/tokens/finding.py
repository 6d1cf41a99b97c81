"""Finds the token that a request brings, and writes down that it was used."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from ..core import token_text
from ..core.errors import RefusedError
from ..models import ApiToken

_NOTED = timedelta(minutes=1)
"""How exactly its last use is known."""


class TokenError(RefusedError):
    """The text is no usable token; the message tells whoever holds it why."""


def find(text: str, now: datetime) -> ApiToken:
    """The token with this text and its account. Raises TokenError.

    That a token was revoked or has expired is told only to somebody who has all of it.
    """
    if not text:
        raise TokenError(
            _("Send an API token: “Authorization: Bearer wsp_…”. You can make one under “API tokens”.")
        )
    if not token_text.is_whole(text):
        raise TokenError(_("This is not a whole API token. Copy it again, from “wsp_” to its end."))
    token = ApiToken.objects.select_related("user").filter(digest=token_text.digest(text)).first()
    if token is None:
        raise _unknown()
    check_usable(token, now)
    return token


def found_again(token: ApiToken, now: datetime) -> ApiToken:
    """The token as it is now. Raises TokenError if it may not be used any longer."""
    again = ApiToken.objects.select_related("user").filter(pk=token.pk).first()
    if again is None:
        raise _unknown()
    check_usable(again, now)
    return again


def check_usable(token: ApiToken, now: datetime) -> None:
    """Raises TokenError for one that is revoked or has expired, or whose account may not log in."""
    if token.revoked_at is not None:
        raise TokenError(_("This API token was revoked. Make a new one under “API tokens”."))
    if token.has_expired(now):
        raise TokenError(_("This API token has expired. Make a new one under “API tokens”."))
    if not token.user.is_active or token.user.leaving_at is not None:
        raise TokenError(_("This account is deactivated."))


def _unknown() -> TokenError:
    return TokenError(_("No account has this API token."))


def note_use(token: ApiToken, address: str | None, now: datetime) -> None:
    """Writes down when and from where the token was used, once a minute at most."""
    before = now - _NOTED
    if token.last_used_at is not None and token.last_used_at > before:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=before)
    ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now, last_used_from=address)
