"""What the handshake of a WebSocket says: its token, and the subprotocol that is answered."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest

_REALTIME = "realtime"
_REALTIME_KEY = "openai-insecure-api-key."
# Before the token, as a subprotocol of its own.
_SCHEMES = ("token", "bearer")


def request_of(scope: dict[str, Any]) -> HttpRequest:
    """The handshake as the request that it is, without cookies: to programs they say nothing."""
    headers = [(name, _as_http(name, value)) for name, value in scope["headers"] if name != b"cookie"]
    scheme = "https" if scope.get("scheme") == "wss" else "http"
    request: HttpRequest = ASGIRequest(
        {**scope, "type": "http", "method": "GET", "scheme": scheme, "headers": headers}, BytesIO()
    )
    return request


def _as_http(name: bytes, value: bytes) -> bytes:
    # Traefik names the scheme of the socket, other proxies that of the request.
    return b"https" if (name, value) == (b"x-forwarded-proto", b"wss") else value


def answered(offered: Sequence[str]) -> str | None:
    """The subprotocol to answer; never one that holds a key. A browser fails if it offers some and none is answered."""
    if _REALTIME in offered:
        return _REALTIME
    return offered[0] if len(offered) > 1 and offered[0].lower() in _SCHEMES else None


def token_among(offered: Sequence[str]) -> str:
    """The token that a browser, which cannot send headers, sent among its subprotocols; empty if there is none.

    OpenAI's clients offer `realtime, openai-insecure-api-key.KEY, …`, Deepgram's `token, KEY` or `bearer, KEY`.
    """
    if _REALTIME not in offered:
        return offered[1] if answered(offered) else ""
    keys = [name.removeprefix(_REALTIME_KEY) for name in offered if name.startswith(_REALTIME_KEY)]
    return keys[0] if keys else ""
