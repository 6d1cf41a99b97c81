"""The WebSockets that programs open with a token; each dialect adds its own. And those of ports without tokens."""

from typing import Any

from django.urls import path, re_path

from ..web.sockets import nothing
from .deepgram.consumer import FluxSocket, ListenSocket
from .openai.realtime.consumer import RealtimeConsumer
from .simple.consumer import SimpleConsumer
from .vosk.consumer import VoskConsumer
from .vosk.port import VoskPortConsumer

websocket_urlpatterns: list[Any] = [
    path("v1/realtime", RealtimeConsumer.as_asgi()),
    path("ws", SimpleConsumer.as_asgi()),
    path("v1/listen", ListenSocket.as_asgi()),
    path("v2/listen", FluxSocket.as_asgi()),
    path("vosk/", VoskConsumer.as_asgi()),
    re_path(r"^vosk/(?P<token>[^/]+)/?$", VoskConsumer.as_asgi()),
    re_path("", nothing),  # type: ignore[arg-type]
]

vosk_port_urlpatterns: list[Any] = [
    path("", VoskPortConsumer.as_asgi()),
    re_path("", nothing),  # type: ignore[arg-type]
]
