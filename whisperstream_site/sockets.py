"""Tells the sockets of our own pages from those that programs open with a token."""

from typing import Any
from urllib.parse import unquote

from django.conf import settings

from .base_path import Application

_PAGES = "/ws/sessions/"


def is_of_page(path: str) -> bool:
    """Whether the WebSocket at this path is one of a page, whose cookie says who it is."""
    return unquote(path).removeprefix(settings.BASE_PATH).startswith(_PAGES)


class Sockets:
    """An ASGI application of two."""

    def __init__(self, pages: Application, clients: Application) -> None:
        self._pages = pages
        self._clients = clients

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        of_page = is_of_page(scope["path"])
        await (self._pages if of_page else self._clients)(scope, receive, send)
