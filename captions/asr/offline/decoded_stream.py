"""Sound in a container that comes in pieces from a stranger, decoded in a process of its own while it comes."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from types import TracebackType
from typing import Self

import numpy as np

from ...core.translatable import gettext_noop
from ...speech.ring import Samples
from ..ipc import EndedError, IpcError, command, environment, received
from . import stream_decoder
from .bounded import HARMLESS
from .decoder import Sound
from .media_error import MediaError, Unreadable
from .stream_decoder import FROM_STREAM_DECODER

_DAMAGED = gettext_noop("The sound is damaged and cannot be read any further.")
_TOO_MUCH = gettext_noop("The sound could not be read: it needs more memory or time than is allowed.")
# It was ended from outside, mostly for want of memory, or it had its time.
_TAKEN = (-signal.SIGKILL, -signal.SIGXCPU)
# Of decoded sound that nobody reads, twice that.
_READ_AHEAD_BYTES = 64 * 1024


class DecodedStream:
    """To be opened with `start`, and closed as a context manager does. It holds little more than what two pipes do.

    `push` waits while the sound before it is not read from `sound`.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin
        assert process.stdout
        self._process = process
        self._in, self._out = process.stdin, process.stdout

    @classmethod
    async def start(cls) -> Self:
        """Raises OSError."""
        # What the sound may make of that process shall know no password.
        harmless = {name: os.environ[name] for name in HARMLESS if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            *command(stream_decoder.__name__),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # What libraries say of it may be what somebody wrote into it.
            stderr=asyncio.subprocess.DEVNULL,
            env=environment({"OPENBLAS_NUM_THREADS": "1", **harmless}),
            limit=_READ_AHEAD_BYTES,
            start_new_session=True,
        )
        return cls(process)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def push(self, data: bytes) -> None:
        """Takes the next bytes. Why they cannot be read is told by `sound`."""
        with suppress(OSError):
            self._in.write(data)
            await self._in.drain()

    def end(self) -> None:
        """Says that no more comes: the rest of the sound follows. Later calls do nothing."""
        self._in.close()

    async def sound(self) -> AsyncIterator[Samples]:
        """The samples as they are decoded, int16 mono at 16 kHz of shape (n,). Raises MediaError."""
        try:
            async for message in received(self._out, FROM_STREAM_DECODER):
                if isinstance(message, Unreadable):
                    raise message.error()
                if not isinstance(message, Sound):
                    return
                yield np.frombuffer(message.samples, np.int16)
        except EndedError as error:
            status = await self._process.wait()
            raise MediaError(_TOO_MUCH if status in _TAKEN else _DAMAGED) from error
        except IpcError as error:
            raise MediaError(_DAMAGED) from error

    async def close(self) -> None:
        """Ends the process by force, if it has not ended. Later calls do nothing."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self._in.close()
        # asyncio waits for the end of a pipe too, which it sees only if that is read.
        with suppress(OSError):
            while await self._out.read(_READ_AHEAD_BYTES):
                pass
        await self._process.wait()
