"""A data channel of a session: what its peer says there is heard one by one, at the rate of a socket."""

import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Protocol

import structlog
from django.conf import settings

from ...core.allowance import Allowance
from ...protocol.commands import Command, Say
from ...webrtc.channel import Channel
from .command_queue import CommandQueue

log = structlog.get_logger(__name__)

# For what was told before the channel is closed.
_LEAVE_SECONDS = 2.0


class Talker(Protocol):
    """Speaks over the channel of a session, in the words of one protocol."""

    def connected(self, channel: Channel) -> None:
        """The channel of the newest peer is open."""

    def take(self, command: Command) -> None:
        """Takes a `Say` or `Attach` that came over a socket."""

    def tell(self, payload: dict[str, Any]) -> None:
        """Takes each message of the session, in order; never waits."""

    async def close(self) -> None:
        """Waits until everything told has left, for a moment."""


class Talk:
    """The channel itself. `hear` is awaited with each `Say`, one after the other; `send` is dropped without a channel.

    `too_fast` is called once, before a channel is closed on which too much comes.
    """

    def __init__(
        self, session: str, hear: Callable[[Command], Awaitable[None]], too_fast: Callable[[], None]
    ) -> None:
        self._session = session
        self._too_fast = too_fast
        self._channel: Channel | None = None
        self._commands = CommandQueue(session, hear, lambda: None)

    @property
    def is_open(self) -> bool:
        return self._channel is not None and self._channel.is_open

    def connected(self, channel: Channel) -> None:
        """Speaks over this channel from now on, and hears no other."""
        old, self._channel = self._channel, channel
        per_second = settings.LIMIT_MESSAGES_PER_SECOND
        channel.on_text = partial(self._heard, channel, Allowance(per_second, 3 * per_second))
        if old is not None:
            old.close()

    def put(self, command: Command) -> None:
        self._commands.put(command)

    def send(self, text: str, *, may_skip: bool = False) -> None:
        if self._channel is not None:
            self._channel.send(text, may_skip=may_skip)

    def hang_up(self) -> None:
        """Closes the channel once everything is sent."""
        if self._channel is not None:
            self._channel.close()

    async def close(self) -> None:
        self._commands.stop()
        if self._channel is not None:
            await self._channel.drained(_LEAVE_SECONDS)
        await self._commands.close()

    def _heard(self, channel: Channel, allowance: Allowance, text: str | None) -> None:
        if channel is not self._channel or not channel.is_open:
            return
        if allowance.take(time.monotonic()):
            self._commands.put(Say(self._session, text, ""))
        else:
            log.warning("channel_too_fast", session=self._session)
            self._too_fast()
            channel.close()
