"""The WebSockets that programs open with a token; each dialect adds its own."""

from typing import Any

from django.urls import path, re_path

from .simple.consumer import SimpleConsumer


async def nothing(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """No dialect has a socket here: the handshake is refused."""
    await receive()
    await send({"type": "websocket.close"})


websocket_urlpatterns: list[Any] = [
    path("ws", SimpleConsumer.as_asgi()),
    re_path("", nothing),  # type: ignore[arg-type]
]
