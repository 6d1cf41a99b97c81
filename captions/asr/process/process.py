"""The audio worker's handle on one recogniser process."""

import asyncio
import itertools
import os
import platform
from collections.abc import Callable
from contextlib import suppress

import structlog

from ..ipc import EndedError, Failed, IpcError, Message, command, environment, pack, received
from . import child
from .messages import FROM_CHILD, Decode, Loading, Question, Ready, Rehearse, Reply

log = structlog.get_logger(__name__)

_EXIT_SECONDS = 2.0
# NumPy only makes spectrograms there: with a thread on every core it takes a tenth of the processor from the decodes,
# waiting busily. Where the processor is another one, CTranslate2 calculates with the same library.
_FEW_THREADS = {"OPENBLAS_NUM_THREADS": "1"} if platform.machine() in {"x86_64", "AMD64"} else {}


class RecogniserProcess:
    """A started process. It may end at any time; whoever starts one closes it."""

    def __init__(self, process: asyncio.subprocess.Process, on_end: Callable[[], None]) -> None:
        assert process.stdin
        assert process.stdout
        self._process = process
        self._writer = process.stdin
        self._inbox: asyncio.Queue[Loading | Ready | Failed | None] = asyncio.Queue()
        self._ids = itertools.count()
        self._open: dict[int, asyncio.Future[Reply | None]] = {}
        self.ended = False
        self._reading = asyncio.create_task(self._read(process.stdout, on_end))

    @classmethod
    async def start(cls, on_end: Callable[[], None]) -> "RecogniserProcess":
        """Starts a process; `on_end` is called once when it is gone. Raises OSError."""
        process = await asyncio.create_subprocess_exec(
            *command(child.__name__),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment({**_FEW_THREADS, **os.environ}),
            # Signals to the worker's group must not end it before the last words are decoded.
            start_new_session=True,
        )
        return cls(process, on_end)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def send(self, message: Message) -> None:
        """What a process that is gone does not get shows in `receive`."""
        with suppress(OSError):
            self._writer.write(pack(message))
            await self._writer.drain()

    async def receive(self) -> Loading | Ready | Failed | None:
        """The next message that answers nothing that was asked, or None when the process is gone."""
        message = await self._inbox.get()
        if message is None:
            self._inbox.put_nowait(None)  # For whoever asks next.
        return message

    async def ask(self, question: Decode | Rehearse) -> Reply | None:
        """The reply, or None when the process is gone. Several may ask at once."""
        if self.ended:
            return None
        number = next(self._ids)
        reply: asyncio.Future[Reply | None] = asyncio.get_running_loop().create_future()
        self._open[number] = reply
        try:
            await self.send(Question(number, question))
            return await reply
        finally:
            del self._open[number]

    async def close(self) -> str:
        """Ends the process, by force if need be, and says how it ended."""
        self._writer.close()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_EXIT_SECONDS):
                    await self._process.wait()
        finally:
            # Whoever is cancelled here leaves no process behind either.
            self.kill()
            await self._process.wait()
            await self._reading
        code = self._process.returncode
        return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()

    async def _read(self, reader: asyncio.StreamReader, on_end: Callable[[], None]) -> None:
        try:
            async for message in received(reader, FROM_CHILD):
                if not isinstance(message, Reply):
                    self._inbox.put_nowait(message)
                elif (reply := self._open.get(message.id)) is not None and not reply.done():
                    reply.set_result(message)
        except EndedError:
            pass
        except IpcError as error:
            log.error("recogniser_not_understood", reason=str(error))
            self.kill()
        self._inbox.put_nowait(None)
        self.ended = True
        for reply in self._open.values():
            if not reply.done():
                reply.set_result(None)
        on_end()
