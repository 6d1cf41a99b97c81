"""What all WebSockets of the dictation page have in common."""

import json
from collections.abc import Awaitable
from typing import Any

import structlog
from django.utils import translation
from django.utils.translation import gettext as _

from ...core.interface_language import language_for
from ...models import User
from ...protocol.messages import MessageError
from ...web.left_socket import LeftConsumer


class PageConsumer(LeftConsumer):
    """Accepts the socket, so that it can be told why it is closed, and speaks the language of its user."""

    async def connect(self) -> None:
        await self.accept()
        self.session_id = self.scope["url_route"]["kwargs"]["session_id"]
        self.log = structlog.get_logger(type(self).__module__).bind(session=str(self.session_id))
        await self.attempt(self.open())

    async def open(self) -> None:
        """Begins, once the socket is accepted. Raises MessageError, redis.RedisError, django.db.DatabaseError."""
        raise NotImplementedError

    async def attempt(self, work: Awaitable[None]) -> None:
        """Waits for `work`, and tells the page of its error."""
        raise NotImplementedError

    async def account(self) -> User:
        """Who is logged in, as the database has them now. Raises MessageError if nobody is."""
        user = self.scope["user"]
        self.speak("")
        if not user.is_authenticated:
            raise MessageError("not_logged_in", _("You are logged out. Log in again."))
        account: User = await User.objects.aget(pk=user.pk)
        self.speak(account.interface_language)
        return account

    async def send_event(self, payload: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(payload, ensure_ascii=False))

    def speak(self, chosen: str) -> None:
        """Activates the user's language for this socket: Channels runs each consumer in a task of its own."""
        accepted = dict(self.scope["headers"]).get(b"accept-language", b"")
        translation.activate(language_for(chosen, accepted.decode("latin-1")))
