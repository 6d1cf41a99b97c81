"""A WebSocket consumer that gives back what it holds, however it ends."""

import asyncio
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer


class LeftConsumer(AsyncWebsocketConsumer):
    """A consumer whose `left` runs once at its end: after a disconnection, an error, or where the server stops it.

    Channels tells `disconnect` of the first alone. A server stops the consumer of a client that was cut off.
    """

    _has_left = False

    async def left(self, code: int) -> None:
        """Gives back what the consumer holds. `code` is that of the close frame, 1006 if there was none."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._leave(1006)

    async def disconnect(self, code: int) -> None:
        await self._leave(code)

    async def _leave(self, code: int) -> None:
        if self._has_left:
            return
        self._has_left = True
        # Daphne cancels this every second where it takes long.
        await asyncio.shield(asyncio.create_task(self.left(code)))
