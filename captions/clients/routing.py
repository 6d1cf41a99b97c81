"""The WebSockets that programs open with a token; each dialect adds its own."""

from typing import Any

from django.urls import re_path


async def nothing(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """No dialect has a socket here: the handshake is refused."""
    await receive()
    await send({"type": "websocket.close"})


websocket_urlpatterns: list[Any] = [
    re_path("", nothing),  # type: ignore[arg-type]
]
