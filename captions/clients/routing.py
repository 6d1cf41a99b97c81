"""The WebSockets that programs open with a token; each dialect adds its own."""

from typing import Any

from django.urls import path, re_path

from ..web.sockets import nothing
from .deepgram.consumer import FluxSocket, ListenSocket
from .openai.realtime.consumer import RealtimeConsumer
from .simple.consumer import SimpleConsumer

websocket_urlpatterns: list[Any] = [
    path("v1/realtime", RealtimeConsumer.as_asgi()),
    path("ws", SimpleConsumer.as_asgi()),
    path("v1/listen", ListenSocket.as_asgi()),
    path("v2/listen", FluxSocket.as_asgi()),
    re_path("", nothing),  # type: ignore[arg-type]
]
