"""A TCP relay before the product: ends TLS, as a reverse proxy does, and counts requests, as a network sees them."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PIECE = 65536


class Relay:
    """Passes bytes on to `port` of this machine; `requests` are the first lines of what clients asked."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None) -> None:
        self.requests: list[str] = []
        self.port = 0
        self._to, self._context = port, context
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()

    def count(self, method: str, path: str) -> int:
        return sum(line.startswith(f"{method} {path} ") for line in self.requests)

    def run(self) -> None:
        self._loop.run_until_complete(self._listen())
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def wait(self) -> None:
        assert self._ready.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _listen(self) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        product_reader, product_writer = await asyncio.open_connection("127.0.0.1", self._to)
        await asyncio.gather(
            self._pass(reader, product_writer, watched=True),
            self._pass(product_reader, writer, watched=False),
        )

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, watched: bool
    ) -> None:
        with suppress(OSError):
            while piece := await reader.read(_PIECE):
                if watched:
                    self._note(piece)
                writer.write(piece)
                await writer.drain()
        with suppress(OSError):
            writer.close()

    def _note(self, piece: bytes) -> None:
        # Clients begin each request with a piece of its own; what is in the middle of a body looks different.
        line = piece.split(b"\r\n", 1)[0]
        if line.endswith(b" HTTP/1.1"):
            self.requests.append(line.decode("ascii", "replace"))


@contextmanager
def relay(port: int, certificate: Path | None = None) -> Iterator[Relay]:
    """A relay to a port; with a certificate (a PEM file with its key) it speaks TLS to clients."""
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    between = Relay(port, context)
    thread = threading.Thread(target=between.run, daemon=True)
    thread.start()
    between.wait()
    try:
        yield between
    finally:
        between.stop()
        thread.join(10)
