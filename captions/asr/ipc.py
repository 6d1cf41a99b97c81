"""How a process and its child talk: typed messages in msgpack, each behind its length, through the child's standard
input and output. A child is a module of this package; what goes to and fro stands in that module's own messages.
"""

import asyncio
import os
import queue
import select
import struct
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, Generic, NoReturn, TypeVar

from msgspec import MsgspecError, Struct
from msgspec.msgpack import Decoder, Encoder

from ..core.errors import WhisperStreamError
from .engine.base import EngineError

MOST_BYTES = 4 << 20
"""No message is longer; four times the longest sound that is decoded at once."""

_ROOT = str(Path(__file__).resolve().parents[2])
_LENGTH = struct.Struct(">I")
_CHUNK = 1 << 16
_ENDING_SECONDS = 5.0

T = TypeVar("T")


class Message(Struct, frozen=True, tag=True):
    """Base of the messages; the name of its class says which one it is."""


class Failed(Message, frozen=True):
    """An EngineError."""

    message: str
    retryable: bool
    elsewhere: bool = False

    @classmethod
    def of(cls, error: EngineError) -> "Failed":
        return cls(str(error), error.retryable, error.elsewhere)

    def error(self) -> EngineError:
        return EngineError(self.message, retryable=self.retryable, elsewhere=self.elsewhere)


class IpcError(WhisperStreamError):
    """What came is no message; the sentence says why, and nothing of what is in it."""


class EndedError(IpcError):
    """The other process is gone, and no more comes."""


def _python_number(value: Any) -> Any:
    try:
        return value.item()
    except AttributeError:
        raise TypeError(f"{type(value).__name__} cannot be sent") from None


_encoder = Encoder(enc_hook=_python_number)


def pack(message: object) -> bytearray:
    """A message as it is sent: a Message, or a dataclass."""
    frame = bytearray(_LENGTH.size)
    _encoder.encode_into(message, frame, _LENGTH.size)
    _LENGTH.pack_into(frame, 0, len(frame) - _LENGTH.size)
    return frame


class Unpacker(Generic[T]):
    """Finds messages in bytes that come in pieces of any size."""

    def __init__(self, expected: Decoder[T]) -> None:
        self._expected = expected
        self._buffer = bytearray()

    @property
    def waiting(self) -> int:
        """How many bytes are of messages that `next` has not given out."""
        return len(self._buffer)

    def feed(self, data: bytes | bytearray) -> None:
        """Takes what was read; nothing means the end. Raises EndedError then."""
        if not data:
            raise EndedError(f"The process ended{' within a message' if self._buffer else ''}.")
        self._buffer += data

    def next(self) -> T | None:
        """The next message, once all of it is there. Raises IpcError."""
        if len(self._buffer) < _LENGTH.size:
            return None
        end = _LENGTH.unpack_from(self._buffer)[0] + _LENGTH.size
        if end - _LENGTH.size > MOST_BYTES:
            raise IpcError(f"A message may have {MOST_BYTES} bytes at most.")
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[_LENGTH.size : end])
        del self._buffer[:end]
        try:
            return self._expected.decode(body)
        except MsgspecError as error:
            raise IpcError(f"A message was not understood: {error}.") from None


async def received(reader: asyncio.StreamReader, expected: Decoder[T]) -> AsyncIterator[T]:
    """The messages that come. Raises EndedError in the end, or IpcError."""
    unpacker = Unpacker(expected)
    while True:
        try:
            unpacker.feed(await reader.read(_CHUNK))
        except OSError as error:
            raise EndedError(f"The process ended ({error.strerror}).") from error
        while (message := unpacker.next()) is not None:
            yield message


def command(module: str) -> list[str]:
    """What starts a child."""
    return [sys.executable, "-m", module]


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Variables for a child, which finds this package wherever it is started."""
    paths = [_ROOT, os.environ.get("PYTHONPATH", "")]
    return {**variables, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


class Child(Generic[T]):
    """A started child that is given one request. Whoever starts one closes it; it also ends when that process does."""

    def __init__(
        self, module: str, request: object, expected: Decoder[T], variables: Mapping[str, str] = os.environ
    ) -> None:
        """Raises OSError."""
        self._process = subprocess.Popen(
            command(module),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # What libraries say of a file may be what somebody wrote into it.
            stderr=subprocess.DEVNULL,
            # Threads of NumPy's would only fight with those that decode, and each takes room in memory.
            env=environment({"OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", **variables}),
            # A signal to the group of whoever waits for it is not meant for it.
            start_new_session=True,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._in, self._out = self._process.stdin, self._process.stdout
        self._unpacker = Unpacker(expected)
        # One that ended at once shows that when it is read from.
        with suppress(OSError):
            self._in.write(pack(request))
            self._in.flush()

    @property
    def pid(self) -> int:
        return self._process.pid

    def receive(self, seconds: float) -> T | None:
        """The next message; None when there is none within so many seconds. Raises IpcError."""
        until = monotonic() + seconds
        while (message := self._unpacker.next()) is None:
            ready, _, _ = select.select([self._out], [], [], max(0.0, until - monotonic()))
            if not ready:
                return None
            self._unpacker.feed(os.read(self._out.fileno(), _CHUNK))
        return message

    def status(self) -> int | None:
        """How a process has ended that says nothing more: its exit status, -n for the signal n; None if it has not."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDING_SECONDS)
        return self._process.returncode

    def close(self) -> None:
        """Ends the process by force, if it has not ended; may be called again."""
        self._process.kill()
        with suppress(OSError):
            self._in.close()
        self._out.close()
        self._process.wait()


class Parent(Generic[T]):
    """The other side: what a child sees of whoever started it. The child ends when that one is gone."""

    def __init__(self, expected: Decoder[T]) -> None:
        self._in, self._out = os.dup(sys.stdin.fileno()), os.dup(sys.stdout.fileno())
        # Whatever else is printed is no message, and nothing else is to read one.
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, sys.stdin.fileno())
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)
        self._lock = threading.Lock()
        self._inbox: queue.SimpleQueue[T] = queue.SimpleQueue()
        threading.Thread(target=self._read, args=(Unpacker(expected),), daemon=True, name="parent").start()

    def receive(self) -> T:
        """The next message, when it comes."""
        return self._inbox.get()

    def send(self, message: object) -> None:
        """Any thread may."""
        frame = memoryview(pack(message))
        with self._lock:
            try:
                while frame:
                    frame = frame[os.write(self._out, frame) :]
            except OSError:
                os._exit(0)

    def _read(self, unpacker: Unpacker[T]) -> NoReturn:
        # Whichever way this ends: nobody waits any more, and native code cannot be interrupted.
        try:
            while True:
                unpacker.feed(os.read(self._in, _CHUNK))
                while (message := unpacker.next()) is not None:
                    self._inbox.put(message)
        except EndedError:
            os._exit(0)
        except (IpcError, OSError) as error:
            print(error, file=sys.stderr, flush=True)
            os._exit(1)
