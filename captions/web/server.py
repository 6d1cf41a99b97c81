"""Daphne with bounded sockets and event streams, and with a shutdown that lets them close first."""

import signal
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import daphne.server
from daphne.endpoints import build_endpoint_description_strings
from daphne.ws_protocol import WebSocketFactory
from django.conf import settings
from twisted.internet import reactor

from ..core import draining
from .event_streams import StreamingFactory, StreamingServer
from .request_bodies import BoundedRequest
from .socket_protocol import BoundedProtocol


def serve(
    application: Any,
    addresses: Sequence[tuple[str, int]],
    is_of_page: Callable[[str], bool],
    may_be_long: Callable[[str, Mapping[str, str]], bool],
) -> None:
    """Serves at each host and port until SIGINT or SIGTERM, and then for WEB_DRAIN_SECONDS, in which browsers move on.

    `is_of_page` says of the path of a socket whether a page opens it; others are those of programs. `may_be_long` is
    that of BoundedRequest.
    """
    BoundedProtocol.is_of_page = staticmethod(is_of_page)
    BoundedRequest.may_be_long = staticmethod(may_be_long)
    WebSocketFactory.protocol = BoundedProtocol
    # Bodies on their way are files without a name, on the disk that is there for files.
    settings.INCOMING_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    tempfile.tempdir = str(settings.INCOMING_DIR)
    # It has no argument for it.
    daphne.server.HTTPFactory = StreamingFactory
    server = StreamingServer(
        application=application,
        endpoints=[
            endpoint
            for host, port in addresses
            for endpoint in build_endpoint_description_strings(host=host, port=port)
        ],
        signal_handlers=False,
        # Pages have less.
        websocket_max_message_size=settings.LIMIT_SOUND_MESSAGE_BYTES,
        websocket_max_frame_size=settings.LIMIT_SOUND_MESSAGE_BYTES,
        ping_interval=settings.PING_SECONDS,
        ping_timeout=settings.PING_TIMEOUT_SECONDS,
        server_name="",
    )

    def stop(signal_number: int, frame: object) -> None:
        if draining.started():
            return
        draining.begin()
        running: Any = reactor
        running.callFromThread(running.callLater, settings.WEB_DRAIN_SECONDS, server.stop)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.run()
