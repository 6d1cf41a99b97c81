"""A WebSocket that a token opens: who may, until when, and what happens where something fails."""

import asyncio
import time
from collections.abc import Awaitable
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar

import structlog
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from redis import RedisError

from ... import metrics
from ...core import draining
from ...core.interface_language import language_for
from ...models import ApiToken, Scope
from ...protocol.commands import login_group, token_group
from ...protocol.presence import Presence
from ...tokens import admission
from ...tokens.admission import Refusal
from ...tokens.endpoint import refusal_of, request_number
from ...tokens.finding import TokenError, find, found_again
from ...web.left_socket import LeftConsumer
from .handshake import answered, request_of, token_among

log = structlog.get_logger(__name__)

TICK_SECONDS = 1.0


class TokenConsumer(LeftConsumer):
    """The socket of a program: a dialect says in its own words what happens, here is when.

    What comes in is handled one by one and in order. Meanwhile events of the channel layer are handled, so that a
    program that is made to wait goes on hearing. In all methods that a dialect writes, an error may be raised: it
    comes back as a `fault`. Cookies are not looked at.
    """

    dialect: ClassVar[str]
    """For the metrics."""
    scope_needed: ClassVar[Scope]

    subprotocol: str | None = None
    """What is answered; None if no subprotocol was offered that is known."""
    token: ApiToken | None = None
    """Set once the program was let in."""
    is_closing = False

    # What a dialect says.

    async def opened(self, token: ApiToken) -> None:
        """The socket is open. Nothing that came in is handled before this has returned."""

    async def text(self, data: str) -> None:
        """A text message came in."""

    async def sound(self, data: bytes) -> None:
        """A binary message came in. While this runs, the next one waits, and after some the program has to."""

    async def tick(self, now: float) -> None:
        """About once a second, at the monotonic time `now`."""

    async def closed(self, code: int) -> None:
        """The socket is closed, if it was `opened` before; `code` is 1006 if nobody said why."""

    def sent_token(self) -> str:
        """The text of the token: from a header, or from the subprotocols."""
        return admission.sent_token(self.request) or token_among(self.scope["subprotocols"])

    def find_token(self, text: str, now: datetime) -> ApiToken:
        """The token with this text, or the one that it stands for. Raises TokenError."""
        return find(text, now)

    async def identified(self) -> ApiToken:
        """Who opens the socket. Raises Refusal, and what stores raise."""
        found = database_sync_to_async(admission.identify)
        token: ApiToken = await found(self.request, self.sent_token(), self.scope_needed, self.find_token)
        return token

    async def identified_again(self, token: ApiToken) -> ApiToken:
        """The same, as it is now. Raises TokenError if it may not be used any longer."""
        again: ApiToken = await database_sync_to_async(found_again)(token, timezone.now())
        return again

    async def refuse(self, refusal: Refusal) -> None:
        """Tells why the socket is not opened. Unless this accepts it, the handshake is answered with 403."""
        await self.close()

    async def fault(self, refusal: Refusal) -> None:
        """Tells that something failed. Closes the socket, unless a dialect goes on."""
        await self.close(1011 if refusal.status >= 500 else 1008)

    async def lost_token(self, sentence: str) -> None:
        """The token may not be used any longer; must close the socket."""
        await self.close(4401)

    async def restarting(self) -> None:
        """This web process is about to end, and the program may connect again; must close the socket."""
        await self.close(1012)

    # The life of a socket.

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self._work: asyncio.Task[Any] | None = None
        self._ticking: asyncio.Task[None] | None = None
        self._presence: Presence | None = None
        self._joined: list[str] = []

        async def receive_when_free() -> Any:
            if self._work is not None:
                await asyncio.wait([self._work])
            return await receive()

        with structlog.contextvars.bound_contextvars(request=request_number(), dialect=self.dialect):
            await super().__call__(scope, receive_when_free, send)

    async def connect(self) -> None:
        self.request = request_of(self.scope)
        self.subprotocol = answered(self.scope["subprotocols"])
        accepted = self.request.headers.get("Accept-Language", "")
        translation.activate(language_for("", accepted))
        try:
            self.token = await self._admit()
        except Exception as error:
            refusal = refusal_of(error, self.dialect)
            metrics.API_REQUESTS.labels(self.dialect, f"{refusal.status // 100}xx").inc()
            await self.refuse(refusal)
            await self.close()
            return
        metrics.API_REQUESTS.labels(self.dialect, "1xx").inc()
        metrics.API_SOCKETS.labels(self.dialect).inc()
        log.info("token_socket_opened", token=self.token.pk, user=self.token.user_id)
        await self.accept()
        now = time.monotonic()
        # What became of the token before its group was joined, nobody has told.
        self._recheck_at = now
        self._renew_at = now + settings.PING_SECONDS / 2
        self._work = asyncio.create_task(self._attempt(self.opened(self.token)))
        self._ticking = asyncio.create_task(self._tick())

    async def accept(self, subprotocol: str | None = None, headers: Any = None) -> None:
        await super().accept(subprotocol or self.subprotocol, headers)

    async def send(
        self, text_data: str | None = None, bytes_data: bytes | None = None, close: Any = False
    ) -> None:
        if not self.is_closing:
            await super().send(text_data, bytes_data, close)

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Closes the socket, once; what is being done for a message is stopped."""
        if self.is_closing:
            return
        self.is_closing = True
        await super().close(code, reason)
        if self._work is not None and self._work is not asyncio.current_task():
            self._work.cancel()

    async def dispatch(self, message: dict[str, Any]) -> None:
        if message["type"].startswith("websocket."):
            await super().dispatch(message)
        elif self.token is not None and not self.is_closing:
            await self._attempt(super().dispatch(message))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.token is None or self.is_closing:
            return
        handling = self.text(text_data) if text_data is not None else self.sound(bytes_data or b"")
        self._work = asyncio.create_task(self._hear(handling))

    async def login_changed(self, event: dict[str, Any]) -> None:
        # A second later, once the change is committed.
        self._recheck_at = time.monotonic() + 1

    async def token_revoked(self, event: dict[str, Any]) -> None:
        self._recheck_at = time.monotonic()
        await self._look()

    async def _admit(self) -> ApiToken:
        token = await self.identified()
        self._presence = Presence(token.user_id, self.channel_name)
        if await self._presence.enter() > settings.LIMIT_SOCKETS_PER_USER:
            raise Refusal(
                429, "too_many_sockets", _("This account has too many sockets open. Close one of them.")
            )
        for name in (login_group(token.user_id), token_group(token.pk)):
            self._joined.append(name)
            await self.channel_layer.group_add(name, self.channel_name)
        return token

    async def _tick(self) -> None:
        while not self.is_closing:
            await asyncio.sleep(TICK_SECONDS)
            if draining.started():
                await self.restarting()
                return
            await self._look()
            if not self.is_closing:
                await self._attempt(self.tick(time.monotonic()))

    async def _look(self) -> None:
        """Rechecks the token and renews the presence, where due. What a store's outage prevents stays due."""
        now = time.monotonic()
        try:
            if now >= self._recheck_at or (self.token and self.token.has_expired(timezone.now())):
                await self._recheck()
                self._recheck_at = now + settings.AUTH_RECHECK_SECONDS
            if self._presence is not None and now >= self._renew_at:
                await self._presence.enter()
                self._renew_at = now + settings.PING_SECONDS / 2
        except (OperationalError, InterfaceError, RedisError) as error:
            log.warning("store_outage", error=type(error).__name__)

    async def _recheck(self) -> None:
        assert self.token is not None
        try:
            self.token = await self.identified_again(self.token)
        except TokenError as error:
            log.info("token_socket_lost_token")
            await self.lost_token(str(error))

    async def _hear(self, handling: Awaitable[None]) -> None:
        outcome = await self._attempt(handling)
        metrics.API_MESSAGES.labels(self.dialect, outcome).inc()

    async def _attempt(self, work: Awaitable[None]) -> str:
        """Waits for the work and returns what became of it, for the metrics."""
        try:
            await work
        except Exception as error:
            refusal = refusal_of(error, self.dialect)
            await self.fault(refusal)
            return "failed" if refusal.status >= 500 else "refused"
        return "taken"

    async def left(self, code: int) -> None:
        self.is_closing = True
        for task in (self._ticking, self._work):
            if task is not None:
                task.cancel()
        if self.token is not None:
            metrics.API_SOCKETS.labels(self.dialect).dec()
            try:
                await self.closed(code)
            except Exception as error:
                refusal_of(error, self.dialect)
        if self._presence is not None:
            with suppress(RedisError):
                await self._presence.leave()
        for name in self._joined:
            with suppress(RedisError):
                await self.channel_layer.group_discard(name, self.channel_name)
