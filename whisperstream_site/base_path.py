"""Everything under one path of a host that has other pages too: BASE_PATH."""

from collections.abc import Awaitable, Callable
from typing import Any

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class UnderBasePath:
    """ASGI middleware: every request has a path under `base`, such as "/dictation", or "" for the whole host.

    The proxy in front may leave that path in the address or cut it off. No header of a request changes it.
    """

    def __init__(self, application: Application, base: str) -> None:
        self._application = application
        self._base = base

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] in ("http", "websocket"):
            scope = {**scope, "root_path": self._base, "path": self._full(scope["path"])}
        await self._application(scope, receive, send)

    def _full(self, path: str) -> str:
        is_under = path == self._base or path.startswith(f"{self._base}/")
        return path if is_under else self._base + path


def cookie_name(base: str, name: str, *, is_secure: bool = False) -> str:
    """The name of one of our cookies, which no other program on this host has, nor another WhisperStream there.

    Their cookies are sent to us, too, if their path is above ours. Of a name that says that it `is_secure`, browsers
    take a cookie only over HTTPS, and where there is no path from this host only: nobody else can set it.
    """
    prefix = ("__Secure-" if base else "__Host-") if is_secure else ""
    return prefix + "_".join(["whisperstream", *base.split("/")[1:], name])
