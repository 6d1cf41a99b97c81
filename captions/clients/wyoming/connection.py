"""A connection of a Wyoming client: events in, events out, within bounds of size and time."""

import asyncio
from contextlib import suppress

import structlog

from ...dialects import wyoming
from ...dialects.wyoming import Event, WyomingError

log = structlog.get_logger(__name__)

# Home Assistant sends as somebody speaks, and keeps no connection open.
_IDLE_SECONDS = 60.0
# What may wait for a client that does not read; the transcript comes all the same.
_MOST_UNREAD_BYTES = 64 * 1024
_HANG_UP_SECONDS = 2.0
_DROPPED_BYTES = 65_536


class Connection:
    """Methods raise WyomingError for what is no event, or comes too late, and OSError where the connection is lost."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self) -> Event | None:
        """The next event; None at the end."""
        try:
            async with asyncio.timeout(_IDLE_SECONDS):
                return await self._read()
        except TimeoutError as error:
            raise WyomingError(f"No event came for {_IDLE_SECONDS:.0f} seconds.") from error
        except asyncio.IncompleteReadError:
            return None

    def say(self, event: bytes) -> None:
        self._writer.write(event)

    def say_growth(self, event: bytes) -> None:
        """Says what is said again later; drops it if the client does not read."""
        if self._writer.transport.get_write_buffer_size() < _MOST_UNREAD_BYTES:
            self._writer.write(event)

    async def answer(self, event: bytes) -> None:
        """Says it, and waits while the client does not read."""
        self._writer.write(event)
        try:
            async with asyncio.timeout(_IDLE_SECONDS):
                await self._writer.drain()
        except TimeoutError as error:
            raise ConnectionError from error

    def fail(self, code: str, sentence: str) -> None:
        log.info("request_refused", code=code)
        self.say(wyoming.packed("error", text=sentence, code=code))

    async def hang_up(self) -> None:
        """Ends it, once what was said last has arrived.

        What still comes is read and dropped: a connection that is closed with unread data loses what was sent, too.
        """
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(_HANG_UP_SECONDS):
                self._writer.write_eof()
                while await self._reader.read(_DROPPED_BYTES):
                    pass
                self._writer.close()
                await self._writer.wait_closed()

    def abort(self) -> None:
        """Ends it at once; does nothing after `hang_up` has ended it."""
        self._writer.transport.abort()

    async def _read(self) -> Event | None:
        try:
            line = await self._reader.readline()
        except ValueError as error:
            raise WyomingError(f"A line may have {wyoming.MOST_LINE_BYTES} bytes at most.") from error
        if not line:
            return None
        head = wyoming.head(line)
        data = await self._reader.readexactly(head.data_bytes)
        return head.complete(data, await self._reader.readexactly(head.payload_bytes))
