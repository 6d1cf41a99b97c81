"""The port of its own for clients of Vosk on this machine, which know no token: everybody there is one account."""

from django.conf import settings
from django.utils.translation import gettext as _

from ...models import ApiToken, Scope
from ...tokens.admission import Refusal
from ...tokens.finding import TokenError
from ..named_account import NoAccountError, named_account
from .consumer import VoskConsumer


class VoskPortConsumer(VoskConsumer):
    async def identified(self) -> ApiToken:
        """A token that is in no database, and that nobody needs to have."""
        if "Origin" in self.request.headers:
            # Any page that a browser on this machine shows could connect.
            raise Refusal(403, "invalid_token", _("Pages may not use this port."))
        try:
            return await _token()
        except NoAccountError as error:
            raise Refusal(403, "no_account", str(error)) from error

    async def identified_again(self, token: ApiToken) -> ApiToken:
        try:
            return await _token()
        except NoAccountError as error:
            raise TokenError(str(error)) from error


async def _token() -> ApiToken:
    user = await named_account(settings.VOSK_USER)
    return ApiToken(user=user, name="VOSK_PORT", scopes=[Scope.LIVE], keep_history=settings.VOSK_KEEP_HISTORY)
