"""A socket beside a call (`/v1/realtime?call_id=…`): it is told the same, and may say something too."""

import uuid
from typing import Any

from channels.db import database_sync_to_async
from django.utils.translation import gettext as _

from ....live import calls
from ....models import ApiToken
from ....protocol.commands import CALL_ENDED
from ....tokens.admission import Refusal
from .calls import VIA, identifier


class SideCall:
    """The call that a socket with this channel is attached to."""

    def __init__(self, session: uuid.UUID, channel: str) -> None:
        self._session = session
        self._channel = channel

    @classmethod
    async def attach(cls, token: ApiToken, name: str, channel: str) -> "SideCall":
        """Raises Refusal where the account has no such call."""
        session = identifier(name)
        if session is None or not await database_sync_to_async(calls.find)(token.user, session, VIA):
            raise Refusal(404, "not_found", _("There is no such call."), param="call_id")
        await calls.attach(session, channel)
        return cls(session, channel)

    async def say(self, text: str) -> None:
        await calls.say(self._session, text, self._channel)

    async def leave(self) -> None:
        await calls.attach(self._session, self._channel, attached=False)

    @staticmethod
    def is_over(event: dict[str, Any]) -> bool:
        return event == CALL_ENDED
