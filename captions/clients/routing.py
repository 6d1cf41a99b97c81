"""The WebSockets that programs open with a token; each dialect adds its own."""

from typing import Any

from django.urls import re_path

from ..web.sockets import nothing

websocket_urlpatterns: list[Any] = [
    re_path("", nothing),  # type: ignore[arg-type]
]
