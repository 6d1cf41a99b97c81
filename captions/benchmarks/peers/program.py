"""Another live transcription program, as a server that receives sound over a WebSocket."""

import asyncio
import os
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from ...core.cancellation import cancel_and_wait
from ...speech.types import SAMPLE_RATE
from .. import stream
from ..corpus import Recording
from ..errors import BenchError
from ..lanes import Spoken
from ..page import Row, Snapshot

START_SECONDS = 180.0
_BETWEEN_SECONDS = 2.0
# The length of sound per message, as the programs' own pages send it.
PIECE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int


class Program(Protocol):
    """What differs between the programs."""

    name: str
    environment: dict[str, str]

    def command(self, python: Path, model: Path, address: Address) -> list[str]:
        """The command that starts the server with this model at this address."""
        ...

    def url(self, address: Address, recording: Recording) -> str: ...

    async def greet(self, connection: ClientConnection, recording: Recording, model: Path) -> None:
        """Sends what the server needs before the first sound, and waits until it is ready. Raises BenchError."""
        ...

    def rows(self, message: str | bytes) -> tuple[Row, ...] | None:
        """The text on the program's page after a message; None if the message does not change it."""
        ...

    def is_end(self, message: str | bytes) -> bool:
        """Whether this message is the last one."""
        ...

    async def finish(self, connection: ClientConnection, coming: "Coming") -> None:
        """Ends the sound, and returns when the program has sent the rest of the text."""
        ...


class Coming:
    """Observes the messages of a program; `ended` is set at its last message or when the connection closes."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self._last = time.monotonic()
        self._same = 0

    def heard(self, *, changed: bool) -> None:
        """To be called for each message, with whether it has changed the text."""
        self._same = 0 if changed else self._same + 1
        if changed:
            self._last = time.monotonic()

    async def settled(self, seconds: float, messages: int) -> None:
        """Waits until the text has stayed the same for `seconds`, or in `messages` messages in a row."""
        self._same, self._last = 0, time.monotonic()
        while not self.ended.is_set() and self._same < messages:
            if time.monotonic() - self._last > seconds:
                return
            await asyncio.sleep(0.1)


class Server:
    """A running program; an asynchronous context manager that starts and stops it."""

    def __init__(self, program: Program, python: Path, model: Path, log: Path) -> None:
        self._program = program
        self._python = python
        self._model = model
        self._log = log
        self._address = Address("127.0.0.1", _free_port())

    async def __aenter__(self) -> "Server":
        environment = {**os.environ, "HF_HUB_OFFLINE": "1", **self._program.environment}
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._program.command(self._python, self._model, self._address),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
            )
        try:
            await self._wait_until_it_serves()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def speak(self, recording: Recording) -> Spoken:
        """Sends a recording in real time. Raises BenchError."""
        try:
            async with connect(
                self._program.url(self._address, recording), max_size=None, ping_interval=None
            ) as connection:
                await self._program.greet(connection, recording, self._model)
                spoken = Spoken(recording, await self._converse(connection, recording))
            # A decode that is still running must not delay the next recording.
            await asyncio.sleep(_BETWEEN_SECONDS)
            return spoken
        except (OSError, WebSocketException, TimeoutError) as error:
            raise BenchError(
                f"{self._program.name} did not take {recording.name} ({error or type(error).__name__}); "
                f"{self._log} may say why."
            ) from error

    async def _converse(self, connection: ClientConnection, recording: Recording) -> tuple[Snapshot, ...]:
        found: list[Snapshot] = []
        coming = Coming()
        began = time.monotonic()

        async def read() -> None:
            with suppress(ConnectionClosed):
                async for message in connection:
                    rows = self._program.rows(message)
                    if rows is not None:
                        changed = not found or found[-1].rows != rows
                        coming.heard(changed=changed)
                        if changed:
                            found.append(Snapshot((time.monotonic() - began) * 1000, rows))
                    if self._program.is_end(message):
                        break
            coming.ended.set()

        reading = asyncio.create_task(read())
        try:
            samples = stream.with_tail(recording.sound)
            piece = round(PIECE_SECONDS * SAMPLE_RATE)
            for start in range(0, samples.size, piece):
                part = samples[start : start + piece]
                due = began + (start + part.size) / SAMPLE_RATE
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                await connection.send(part.astype("<i2").tobytes())
            # Text that arrives after this limit does not count.
            with suppress(TimeoutError):
                async with asyncio.timeout(stream.DRAIN_SECONDS):
                    await self._program.finish(connection, coming)
        finally:
            await cancel_and_wait([reading])
        return (*found, _kept(found[-1], time.monotonic() - began)) if found else ()

    async def _wait_until_it_serves(self) -> None:
        async with asyncio.timeout(START_SECONDS):
            while True:
                if self._process.returncode is not None:
                    raise BenchError(f"{self._program.name} ended at its start; {self._log} says why.")
                try:
                    _, writer = await asyncio.open_connection(self._address.host, self._address.port)
                except OSError:
                    await asyncio.sleep(0.5)
                    continue
                writer.close()
                return

    async def _stop(self) -> None:
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(10):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _kept(last: Snapshot, seconds: float) -> Snapshot:
    """The page at the end, with all text counted as saved, even text that the program did not finish."""
    rows = tuple(Row(row.text, saved=True) for row in last.rows)
    return Snapshot(max(seconds * 1000, last.at_ms), rows)
