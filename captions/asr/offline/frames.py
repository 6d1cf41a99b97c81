"""Processes of this package's own: a module that is given a wish on standard input, and answers with frames."""

import os
import select
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import BinaryIO, NamedTuple, NoReturn

_ROOT = str(Path(__file__).resolve().parents[3])
_HEAD = struct.Struct("<cQI")
_CHUNK = 1 << 16
# Threads of NumPy's would only fight with those that decode, and each takes room in memory.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}


class Frame(NamedTuple):
    """What a process says: a kind of one byte, a number, and bytes; what they mean is the module's business."""

    kind: bytes
    number: int = 0
    body: bytes = b""

    def write(self, out: BinaryIO) -> None:
        out.write(_HEAD.pack(self.kind, self.number, len(self.body)) + self.body)


class EndedError(Exception):
    """The process is gone, and there are no more frames."""


class Child:
    """A started process. Whoever starts one closes it; it also ends when the process that started it does."""

    def __init__(self, module: str, wish: str, environment: Mapping[str, str] = os.environ) -> None:
        """`wish` is one line. Raises OSError."""
        paths = [_ROOT, os.environ.get("PYTHONPATH", "")]
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # What libraries say of a file may be what somebody wrote into it.
            stderr=subprocess.DEVNULL,
            env={**_ENVIRONMENT, **environment, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            # A signal to the group of whoever waits for it is not meant for it.
            start_new_session=True,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._in, self._out = self._process.stdin, self._process.stdout
        self._read = bytearray()
        # One that ended at once shows that when it is read from.
        with suppress(OSError):
            self._in.write(wish.encode() + b"\n")
            self._in.flush()

    @property
    def pid(self) -> int:
        return self._process.pid

    def frame(self, patience: float) -> Frame | None:
        """The next frame; None when there is none within so many seconds. Raises EndedError."""
        until = monotonic() + patience
        if not self._fill(_HEAD.size, until):
            return None
        kind, number, length = _HEAD.unpack_from(self._read)
        if not self._fill(_HEAD.size + length, until):
            return None
        body = bytes(self._read[_HEAD.size : _HEAD.size + length])
        del self._read[: _HEAD.size + length]
        return Frame(kind, number, body)

    def close(self) -> None:
        """Ends the process by force, if it has not ended; may be called again."""
        self._process.kill()
        with suppress(OSError):
            self._in.close()
        self._out.close()
        self._process.wait()

    def _fill(self, size: int, until: float) -> bool:
        while len(self._read) < size:
            ready, _, _ = select.select([self._out], [], [], max(0.0, until - monotonic()))
            if not ready:
                return False
            chunk = os.read(self._out.fileno(), _CHUNK)
            if not chunk:
                raise EndedError
            self._read += chunk
        return True


class Parent:
    """The other side: what the process sees of whoever started it."""

    def __init__(self) -> None:
        self.out = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=_CHUNK)
        # Whatever else is printed is no frame.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        self.wish = sys.stdin.buffer.readline().decode()
        threading.Thread(target=self._watch, daemon=True, name="parent").start()

    def send(self, frame: Frame) -> None:
        try:
            frame.write(self.out)
            self.out.flush()
        except OSError:
            os._exit(0)

    def _watch(self) -> NoReturn:
        # Not the buffer of sys.stdin: Python could not end while that is being read.
        while os.read(0, _CHUNK):
            pass
        # Nobody waits for this any more, and native code cannot be interrupted.
        os._exit(0)
