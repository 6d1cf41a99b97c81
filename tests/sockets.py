"""The client of a WebSocket that the application serves in this process."""

from typing import Any

from channels.testing import WebsocketCommunicator

_MOST_SECONDS = 60


class Socket(WebsocketCommunicator):
    """Channels' client, but however long it is told to wait (usually a second), a busy machine gets a minute."""

    async def receive_output(self, _seconds: float = 0) -> Any:
        return await super().receive_output(_MOST_SECONDS)
