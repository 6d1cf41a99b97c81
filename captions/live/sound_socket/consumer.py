"""The WebSocket that carries the sound of one dictation where WebRTC does not get through."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError
from django.utils.translation import gettext as _
from redis import RedisError

from ...core import draining
from ...protocol import messages
from ...protocol.commands import login_group
from ...protocol.messages import MessageError
from ...protocol.presence import SoundPresence
from ..signaling import admission
from ..signaling.page_socket import PageConsumer
from .carrier import Carrier

# The page sends its sound anew over another one, unless the signaling socket says otherwise.
_ENDED = 1000
_REFUSED = 4400
_CLOSE_CODES = {"not_logged_in": 4401, "account_leaving": 4401, "not_found": 4404, "trashed": 4404}
TICK_SECONDS = 1.0


class SoundConsumer(PageConsumer):
    """Authenticates, hands what comes to a Carrier, and sends what that has to say. Any error closes the socket."""

    carrier: Carrier | None = None
    presence: SoundPresence | None = None
    ticking: asyncio.Task[None] | None = None
    joined: str | None = None

    async def open(self) -> None:
        self.user = await self.account()
        await database_sync_to_async(admission.find)(self.user, self.session_id)
        self.presence = SoundPresence(self.user.pk, self.channel_name)
        if await self.presence.enter() > settings.LIMIT_SOCKETS_PER_USER:
            raise MessageError("too_many_sockets", _("You have too many pages open. Close one of them."))
        self.recheck_at = time.monotonic() + settings.AUTH_RECHECK_SECONDS
        self.present_at = time.monotonic()
        self.joined = login_group(self.user.pk)
        await self.channel_layer.group_add(self.joined, self.channel_name)
        self.carrier = Carrier(self.user, self.session_id, self.send_event, self.ended)
        self.ticking = asyncio.create_task(self.tick())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.carrier is not None:
            carrier = self.carrier
            await self.attempt(
                carrier.open(text_data) if bytes_data is None else carrier.carry(bytes_data, time.monotonic())
            )

    async def ended(self) -> None:
        await self.close(_ENDED)

    async def left(self, code: int) -> None:
        carrier, self.carrier = self.carrier, None
        if self.ticking is not None:
            self.ticking.cancel()
        if carrier is not None:
            await carrier.close()
        with contextlib.suppress(RedisError):
            if self.presence is not None:
                await self.presence.leave()
            if self.joined is not None:
                await self.channel_layer.group_discard(self.joined, self.channel_name)

    async def tick(self) -> None:
        while self.carrier is not None:
            await self.attempt(self.look(time.monotonic()))
            await asyncio.sleep(TICK_SECONDS)

    async def look(self, now: float) -> None:
        """Rechecks the login, and keeps the place of the socket."""
        if draining.started():
            await self.close(1012)
            return
        if now >= self.recheck_at:
            self.recheck_at = now + settings.AUTH_RECHECK_SECONDS
            login = self.scope["session"].session_key
            await database_sync_to_async(admission.recheck)(self.user, self.session_id, login)
        if self.presence is not None and now - self.present_at >= settings.PING_SECONDS:
            self.present_at = now
            await self.presence.enter()

    async def attempt(self, work: Awaitable[None]) -> None:
        """Waits for `work`. An error is sent to the browser as a sentence, and ends the socket."""
        try:
            await work
        except MessageError as error:
            self.log.info("sound_socket_error", code=error.code)
            await self.send_event(
                messages.error(error.code, error.message, retryable=error.retryable, running=error.running)
            )
            await self.close(_CLOSE_CODES.get(error.code, _REFUSED))
        except (RedisError, DatabaseError) as error:
            # Sound that is carried goes on; one that is not tries again.
            self.log.warning("store_outage", error=type(error).__name__)
            if self.carrier is None or not self.carrier.is_open:
                await self.close(1013)
        except Exception:
            self.log.exception("sound_socket_failed")
            await self.close(1011)

    # Events of the channel layer.

    async def login_changed(self, event: dict[str, Any]) -> None:
        # It is checked a second later, once the change is committed.
        self.recheck_at = time.monotonic() + 1
