"""Asks the service, and passes its answer on while it comes."""

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from functools import cache

import httpx

from .completion import Reader, body
from .errors import AWAY, BROKE_OFF, LATE, ODD, AnswerError, refusal
from .service import Service

_LOOK_SECONDS = 1.0
_CONNECT_SECONDS = 10.0
# A model on a slow machine reads a long text for a while before it says anything.
_QUIET_SECONDS = 120.0
# Far more than the text may have, because each word of it comes in an object of its own.
_MOST_BYTES = 16 << 20
_LONGEST_LINE = 1 << 20


@cache
def _tls() -> ssl.SSLContext:
    # Takes long to make.
    return httpx.create_ssl_context()


def answer(service: Service, prompt: str, text: str) -> Generator[str, None, None]:
    """Yields the answer in pieces as they come, and every second at the latest, perhaps an empty one.

    The caller closes it to hang up. Raises AnswerError.
    """
    until = time.monotonic() + service.seconds
    # Between two pieces no loop is running, so the caller may use the database.
    with asyncio.Runner() as runner:
        stream = _Stream(_pieces(service, prompt, text))
        try:
            while (piece := runner.run(stream.next())) is not None:
                if time.monotonic() > until:
                    raise AnswerError(LATE)
                yield piece
        finally:
            runner.run(stream.close())


class _Stream:
    """Pieces that are waited for in turns of a second."""

    def __init__(self, pieces: AsyncGenerator[str, None]) -> None:
        self._pieces = pieces
        self._coming: asyncio.Future[str | None] | None = None

    async def next(self) -> str | None:
        """The next piece, an empty one if there was none for a second, or None at the end. Raises AnswerError."""
        if self._coming is None:
            self._coming = asyncio.ensure_future(anext(self._pieces, None))
        done, _ = await asyncio.wait({self._coming}, timeout=_LOOK_SECONDS)
        if not done:
            return ""
        coming, self._coming = self._coming, None
        return coming.result()

    async def close(self) -> None:
        if self._coming is not None:
            self._coming.cancel()
            await asyncio.wait({self._coming})
        await self._pieces.aclose()


async def _pieces(service: Service, prompt: str, text: str) -> AsyncGenerator[str, None]:
    """Raises AnswerError; no text of it quotes what was sent or came back."""
    headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity", "User-Agent": "WhisperStream"}
    if service.key:
        headers["Authorization"] = f"Bearer {service.key}"
    asked = body(service.model, prompt, text)
    patience = httpx.Timeout(_QUIET_SECONDS, connect=_CONNECT_SECONDS)
    try:
        async with (
            httpx.AsyncClient(verify=_tls(), timeout=patience, headers=headers) as client,
            client.stream("POST", f"{service.url}/chat/completions", json=asked) as response,
        ):
            if response.status_code != 200:
                raise refusal(response.status_code, response.headers.get("Retry-After", ""))
            async for piece in _read(response):
                yield piece
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError, UnicodeError):
        # Their messages may hold the address.
        raise AnswerError(AWAY, retryable=True) from None


async def _read(response: httpx.Response) -> AsyncIterator[str]:
    reader = Reader()
    if response.headers.get("Content-Type", "").startswith("application/json"):
        # It does not stream.
        data = b"".join([chunk async for chunk in _bounded(response, _LONGEST_LINE)])
        yield reader.object(data)
    else:
        async for line in _lines(response):
            if piece := reader.line(line):
                yield piece
            if reader.is_whole:
                return
    if not reader.is_whole:
        raise AnswerError(BROKE_OFF, retryable=True)


async def _lines(response: httpx.Response) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in _bounded(response, _MOST_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.rstrip(b"\r")
        if len(rest) > _LONGEST_LINE:
            raise AnswerError(ODD)
    if rest:
        yield rest


async def _bounded(response: httpx.Response, most: int) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > most:
            raise AnswerError(ODD)
        yield chunk
