"""What is at an address where there is no WebSocket."""

from typing import Any


async def nothing(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """An ASGI application that refuses the handshake."""
    await receive()
    await send({"type": "websocket.close"})
