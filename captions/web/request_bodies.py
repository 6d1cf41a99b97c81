# ruff: noqa: N802 (Twisted names these methods)
"""Requests whose bodies are bounded before anything looks at them. Daphne would take bodies of any size to its disk."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from io import BytesIO
from typing import Any, ClassVar

import structlog
from channels.db import database_sync_to_async
from daphne.http_protocol import WebRequest
from django.utils.datastructures import CaseInsensitiveMapping

from .body_limit import STRANGER_BYTES, most_bytes

log = structlog.get_logger(__name__)

# A body that does not say how long it is, and is much too long, is not read to its end.
_PATIENCE = 4
_PIECE_BYTES = 65_536

Receive = Callable[[], Awaitable[dict[str, Any]]]


class BoundedRequest(WebRequest):
    """A request that drops a body which is too long, but reads it: a client that is cut off never reads the answer.

    For a stranger, and where no files are taken, STRANGER_BYTES are too long; while it is found out who sends more, no
    more is read. Its view sees the length that the body had, and no body.
    """

    may_be_long: ClassVar[Callable[[str, Mapping[str, str]], bool]]
    """Whether the body of a request to this path with these headers may be as long as a file; called in a thread."""

    content: Any
    _bytes = 0
    _is_dropped = False
    _is_whole = False
    _states_length = False
    _asking: asyncio.Task[None] | None = None

    def gotLength(self, length: int | None) -> None:
        super().gotLength(length)
        self._states_length = length is not None
        self._is_dropped = length is not None and length > most_bytes()

    def handleContentChunk(self, data: bytes) -> None:
        self._bytes += len(data)
        if self._bytes > most_bytes():
            self._drop()
        if not self._is_dropped:
            super().handleContentChunk(data)
            if self._bytes > STRANGER_BYTES and self._asking is None:
                self.transport.pauseProducing()
                self._asking = asyncio.ensure_future(self._ask())
        if not self._states_length and self._bytes > _PATIENCE * most_bytes():
            log.warning("body_cut_off")
            self.channel.forceAbortClient()

    async def _ask(self) -> None:
        headers = {
            name.decode("latin-1"): values[0].decode("latin-1")
            for name, values in self.requestHeaders.getAllRawHeaders()
        }
        try:
            # Twisted gives the request its own path only at the end of its body.
            path = self.channel._path.partition(b"?")[0].decode("latin-1")
            known = await database_sync_to_async(type(self).may_be_long)(
                path, CaseInsensitiveMapping(headers)
            )
        except Exception as error:
            # A store is away, as the view will say.
            log.warning("sender_not_known", error=type(error).__name__)
            known = False
        if not (known or self._is_whole or self.content.closed):
            self._drop()
        self.transport.resumeProducing()

    def _drop(self) -> None:
        if not self._is_dropped:
            self._is_dropped = True
            self.content.seek(0)
            self.content.truncate()

    def process(self) -> Any:
        self._is_whole = True
        # Django reads no form without a length, and one that came in chunks has none.
        if self._bytes and not self._states_length:
            self.requestHeaders.setRawHeaders(b"content-length", [str(self._bytes).encode()])
        self.content.seek(0)
        # Daphne would read all of it into the memory at once.
        self.body, self.content = self.content, BytesIO()
        try:
            return super().process()
        finally:
            # Twisted closes it when the request is over.
            self.content = self.body


def in_pieces(body: Any, receive: Receive) -> Receive:
    """Gives the body of a request in pieces, each read from its file when it is asked for; then what `receive` gives.

    `receive` gives an empty body first.
    """
    is_read = False

    async def piece() -> dict[str, Any]:
        nonlocal is_read
        if is_read:
            return await receive()
        # Else nothing else would run until an application has read all of it.
        await asyncio.sleep(0)
        if body.closed:
            # The connection is gone, which is said next.
            is_read = True
            await receive()
            return await receive()
        read = body.read(_PIECE_BYTES)
        if len(read) == _PIECE_BYTES:
            return {"type": "http.request", "body": read, "more_body": True}
        is_read = True
        return {**await receive(), "body": read}

    return piece
