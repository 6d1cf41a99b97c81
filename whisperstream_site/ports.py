"""Tells the port of everything from those at which only programs of one dialect are answered."""

from collections.abc import Mapping
from typing import Any

from .base_path import Application


class ByPort:
    """An ASGI application of several: those of `others` at their ports, `site` everywhere else."""

    def __init__(self, others: Mapping[int, Application], site: Application) -> None:
        self._others = others
        self._site = site

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        _host, port = scope.get("server") or ("", None)
        await (self._site if port is None else self._others.get(port, self._site))(scope, receive, send)


async def nowhere(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """An ASGI application without pages."""
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": b"There is nothing here but a WebSocket.\n"})
