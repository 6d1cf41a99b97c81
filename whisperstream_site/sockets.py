"""All WebSockets: those of our own pages, and those that programs open with a token."""

from typing import Any
from urllib.parse import unquote, urlparse

import structlog
from channels.security.websocket import OriginValidator, WebsocketDenier
from django.conf import settings
from django.db import InterfaceError, OperationalError
from redis import RedisError

from .base_path import Application

log = structlog.get_logger(__name__)

_PAGES = "/ws/sessions/"
_TRY_AGAIN = 1013


def is_of_page(path: str) -> bool:
    """Whether the WebSocket at this path is one of a page, whose cookie says who it is."""
    return unquote(path).removeprefix(settings.BASE_PATH).startswith(_PAGES)


class KnownOrigins(OriginValidator):
    """Channels' check of the origin, which fails where one is none, such as with a port that is no number."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        check = super().__call__ if _is_origin(scope) else WebsocketDenier()
        await check(scope, receive, send)


def _is_origin(scope: dict[str, Any]) -> bool:
    try:
        for name, value in scope["headers"]:
            if name == b"origin":
                # Only looking at it fails.
                urlparse(value.decode("latin-1")).port  # noqa: B018
    except ValueError:
        return False
    return True


class Sockets:
    """An ASGI application of two, which closes a socket where a store is away: its client connects again."""

    def __init__(self, pages: Application, clients: Application) -> None:
        self._pages = pages
        self._clients = clients

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        of_page = is_of_page(scope["path"])
        try:
            await (self._pages if of_page else self._clients)(scope, receive, send)
        except (OperationalError, InterfaceError, RedisError) as error:
            log.warning("store_outage", error=type(error).__name__)
            await send({"type": "websocket.close", "code": _TRY_AGAIN})
