from typing import Any

from django.urls import path, re_path

from ...web.sockets import nothing
from ..joining.consumer import DeviceConsumer
from ..sound_socket.consumer import SoundConsumer
from .consumer import SessionConsumer

websocket_urlpatterns: list[Any] = [
    path("ws/sessions/<uuid:session_id>/", SessionConsumer.as_asgi()),
    path("ws/sessions/<uuid:session_id>/sound/", SoundConsumer.as_asgi()),
    path("ws/sessions/<uuid:session_id>/device/", DeviceConsumer.as_asgi()),
    re_path("", nothing),  # type: ignore[arg-type]
]
