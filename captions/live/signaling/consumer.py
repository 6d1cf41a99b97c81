"""The WebSocket of one dictation: authenticate, parse, delegate, reply."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Sequence
from typing import Any

from django.db import DatabaseError
from django.utils.translation import gettext as _
from redis import RedisError

from ...protocol import messages
from ...protocol.commands import group, login_group
from ...protocol.messages import MessageError
from .conversation import Conversation
from .page_socket import PageConsumer

# Errors that close the socket, and the close code that tells the browser whether to connect again.
CLOSE_CODES = {
    "account_leaving": 4401,
    "not_joined": 4401,
    "not_logged_in": 4401,
    "not_found": 4404,
    "trashed": 4404,
    "rate_limited": 4429,
    "too_many_sockets": 4429,
    "restarting": 1012,
}
TICK_SECONDS = 1.0


class SessionConsumer(PageConsumer):
    """Passes signaling and text between a browser and a Conversation, which decides what to do with them."""

    conversation: Conversation | None = None
    ticking: asyncio.Task[None] | None = None
    joined: Sequence[str] = ()
    """The groups of the channel layer."""

    async def open(self) -> None:
        account = await self.account()
        login = self.scope["session"].session_key
        await self.begin(
            Conversation(
                account, self.session_id, login, self.channel_name, self.channel_layer, self.send_event
            ),
            login_group(account.pk),
        )

    async def begin(self, conversation: Conversation, *groups: str) -> None:
        """Begins a conversation, which hears what the session and these groups are told."""
        self.conversation = conversation
        self.joined = [group(str(self.session_id)), *groups]
        for name in self.joined:
            await self.channel_layer.group_add(name, self.channel_name)
        await conversation.begin(time.monotonic())
        self.ticking = asyncio.create_task(self.tick())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.conversation is not None:
            await self.attempt(self.conversation.hear(text_data, time.monotonic()))

    async def left(self, code: int) -> None:
        conversation, self.conversation = self.conversation, None
        if self.ticking is not None:
            self.ticking.cancel()
        if conversation is not None:
            with contextlib.suppress(RedisError):
                await conversation.end()
        for name in self.joined:
            with contextlib.suppress(RedisError):
                await self.channel_layer.group_discard(name, self.channel_name)

    async def tick(self) -> None:
        while self.conversation is not None:
            await self.attempt(self.conversation.tick(time.monotonic()))
            await asyncio.sleep(TICK_SECONDS)

    async def attempt(self, work: Awaitable[None]) -> None:
        """Waits for `work`. An error is sent to the browser as a sentence, and logged without its message."""
        try:
            await work
        except MessageError as error:
            self.log.info("signaling_error", code=error.code)
            await self.send_event(
                messages.error(error.code, error.message, retryable=error.retryable, running=error.running)
            )
            if error.code in CLOSE_CODES:
                await self.close(CLOSE_CODES[error.code])
        except (RedisError, DatabaseError) as error:
            self.log.warning("store_outage", error=type(error).__name__)
            sentence = _(
                "The server cannot reach its database. Nothing that was saved is lost. Trying again."
            )
            await self.send_event(messages.error("store_away", sentence, retryable=True))
            if self.ticking is None:
                await self.close(1013)
        except Exception:
            self.log.exception("socket_failed")
            await self.close(1011)

    # Events of the channel layer.

    async def session_event(self, event: dict[str, Any]) -> None:
        if self.conversation is not None:
            await self.attempt(self.conversation.pass_on(event["payload"]))

    async def session_changed(self, event: dict[str, Any]) -> None:
        if self.conversation is not None:
            await self.attempt(self.conversation.changed(event["seqs"], named=event.get("named", False)))

    async def session_taken(self, event: dict[str, Any]) -> None:
        if self.conversation is not None:
            await self.attempt(self.conversation.taken(event["worker"], time.monotonic()))

    async def session_heartbeat(self, event: dict[str, Any]) -> None:
        if self.conversation is not None:
            # A worker of the version before does not tell `settled_ms`.
            known = (event["worker"], event["last_seq"], event.get("settled_ms"))
            await self.attempt(self.conversation.heartbeat(*known, time.monotonic()))

    async def login_changed(self, event: dict[str, Any]) -> None:
        if self.conversation is not None:
            self.conversation.recheck_soon(time.monotonic())
