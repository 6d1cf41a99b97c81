"""The audio worker's handle on one recogniser process."""

import asyncio
import itertools
import os
import platform
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from . import wire

_ROOT = str(Path(__file__).resolve().parents[3])
_EXIT_SECONDS = 2.0
# NumPy only makes spectrograms there: with a thread on every core it takes a tenth of the processor from the decodes,
# waiting busily. Where the processor is another one, CTranslate2 calculates with the same library.
_FEW_THREADS = {"OPENBLAS_NUM_THREADS": "1"} if platform.machine() in {"x86_64", "AMD64"} else {}


class RecogniserProcess:
    """A started process. It may end at any time; whoever starts one closes it."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        on_end: Callable[[], None],
    ) -> None:
        self._process = process
        self._writer = writer
        self._headers: asyncio.Queue[wire.Header | None] = asyncio.Queue()
        self._ids = itertools.count()
        self._open: dict[int, asyncio.Future[wire.Header | None]] = {}
        self.ended = False
        self._reading = asyncio.create_task(self._read(reader, on_end))

    @classmethod
    async def start(cls, on_end: Callable[[], None]) -> "RecogniserProcess":
        """Starts a process; `on_end` is called once when it is gone. Raises OSError."""
        ours, theirs = socket.socketpair()
        paths = [_ROOT, os.environ.get("PYTHONPATH", "")]
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "captions.asr.process.child",
                str(theirs.fileno()),
                pass_fds=[theirs.fileno()],
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                env={**_FEW_THREADS, **os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
                # Signals to the worker's group must not end it before the last words are decoded.
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        reader, writer = await asyncio.open_connection(sock=ours)
        return cls(process, reader, writer, on_end)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def send(self, header: wire.Header, body: bytes = b"") -> None:
        """Sends a frame; what a process that is gone does not get shows in `receive`."""
        with suppress(OSError):
            self._writer.write(wire.pack(header, body))
            await self._writer.drain()

    async def receive(self) -> wire.Header | None:
        """The next header that answers nothing that was asked, or None when the process is gone."""
        header = await self._headers.get()
        if header is None:
            self._headers.put_nowait(None)  # For whoever asks next.
        return header

    async def ask(self, header: wire.Header, body: bytes = b"") -> wire.Header | None:
        """The reply, or None when the process is gone. Several may ask at once."""
        if self.ended:
            return None
        number = next(self._ids)
        reply: asyncio.Future[wire.Header | None] = asyncio.get_running_loop().create_future()
        self._open[number] = reply
        try:
            await self.send({**header, "id": number}, body)
            return await reply
        finally:
            del self._open[number]

    async def close(self) -> str:
        """Ends the process, by force if need be, and says how it ended."""
        self._writer.close()
        try:
            async with asyncio.timeout(_EXIT_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()
        finally:
            if self._process.returncode is None:
                self.kill()
            self._reading.cancel()
        code = self._process.returncode
        return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()

    async def _read(self, reader: asyncio.StreamReader, on_end: Callable[[], None]) -> None:
        while header := await wire.receive(reader):
            reply = self._open.get(header["id"]) if "id" in header else None
            if reply is not None and not reply.done():
                reply.set_result(header)
            elif "id" not in header:
                self._headers.put_nowait(header)
        self._headers.put_nowait(None)
        self.ended = True
        for reply in self._open.values():
            if not reply.done():
                reply.set_result(None)
        on_end()
