# ruff: noqa: N802 (Twisted names these methods)
"""Requests whose bodies are bounded before anything looks at them. Daphne would take bodies of any size to its disk."""

from typing import Any

import structlog
from daphne.http_protocol import WebRequest

from .body_limit import most_bytes

log = structlog.get_logger(__name__)

# A body that does not say how long it is, and is much too long, is not read to its end.
_PATIENCE = 4


class BoundedRequest(WebRequest):
    """A request that drops a body which is too long, but reads it: a client that is cut off never reads the answer.

    Its view sees the length that the body had, and no body.
    """

    _bytes = 0
    _is_dropped = False
    _states_length = False

    def gotLength(self, length: int | None) -> None:
        super().gotLength(length)
        self._states_length = length is not None
        self._is_dropped = length is not None and length > most_bytes()

    def handleContentChunk(self, data: bytes) -> None:
        self._bytes += len(data)
        if not self._is_dropped and self._bytes <= most_bytes():
            super().handleContentChunk(data)
            return
        if not self._is_dropped:
            self._is_dropped = True
            self.content.seek(0)
            self.content.truncate()
        if not self._states_length and self._bytes > _PATIENCE * most_bytes():
            log.warning("body_cut_off")
            self.channel.forceAbortClient()

    def process(self) -> Any:
        # Django reads no form without a length, and one that came in chunks has none.
        if self._bytes and not self._states_length:
            self.requestHeaders.setRawHeaders(b"content-length", [str(self._bytes).encode()])
        return super().process()
