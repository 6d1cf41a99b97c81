"""An engine whose answers are written to a file, so that work on a long recording can go on where it was left.

Everything else that makes text of sound is a pure function of the sound and of these answers, and quick. So whoever
goes on begins at the beginning, and is told what the model had said; the text is the same as without an interruption.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, TypeVar

from msgspec import Struct
from msgspec.msgpack import Decoder

from ...speech.types import Hypothesis
from ..engine.base import Audio, ParallelEngine, Polyglot, Request, Task
from ..ipc import EndedError, IpcError, Unpacker, pack

_BLOCK = 1 << 16

Answer = TypeVar("Answer")


class _Said(Struct, frozen=True):
    """The answer to one call. `of` is a digest of what was asked."""

    of: bytes
    hypotheses: list[Hypothesis] = []
    languages: list[dict[str, float]] = []


_SAID: Decoder[_Said] = Decoder(_Said)


class RememberedEngine:
    """A ParallelEngine that asks `engine` only what is not in the file `path`, in the order in which it was asked.

    `about` is whatever else the answers depend on, such as the model. From the first question that is another one on,
    the file is forgotten. It may end within an answer, as where a process was killed. To be closed.

    Raises OSError where the file cannot be opened; what cannot be written later is decoded again another time.
    """

    def __init__(self, engine: ParallelEngine, path: Path, about: str) -> None:
        self._engine = engine
        self.name, self.device = engine.name, engine.device
        self._about = about.encode()
        self._file: BinaryIO = path.open("ab+")
        self._file.seek(0)
        self._known = _answers(self._file)
        self._is_remembering = True
        self._whole = 0

    def close(self) -> None:
        with suppress(OSError):
            self._file.close()

    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        def ask() -> _Said:
            return _Said(of, [self._engine.decode(audio, task)])

        of = self._digest("decode", [(audio, task)])
        return self._said(of, ask).hypotheses[0]

    def decode_together(self, requests: Sequence[Request]) -> list[Hypothesis]:
        def ask() -> _Said:
            return _Said(of, self._engine.decode_together(requests))

        of = self._digest("together", [(each.audio, each.task) for each in requests])
        return self._said(of, ask).hypotheses

    def rehearse(self, seconds: float) -> None:
        self._engine.rehearse(seconds)

    def _digest(self, kind: str, asked: Sequence[tuple[Audio, object]]) -> bytes:
        found = hashlib.blake2b(self._about + kind.encode(), digest_size=16)
        for audio, task in asked:
            found.update(repr(task).encode("utf-8", "replace"))
            found.update(audio.data)
        return found.digest()

    def _said(self, of: bytes, ask: Callable[[], _Said]) -> _Said:
        if self._is_remembering:
            said, end = next(self._known, (None, 0))
            if said is not None and said.of == of:
                self._whole = end
                # What it has cost was counted when it was asked.
                known = [replace(each, sent_ms=0) for each in said.hypotheses]
                return _Said(said.of, known, said.languages)
            self._is_remembering = False
            with suppress(OSError):
                self._file.truncate(self._whole)
        said = ask()
        with suppress(OSError):
            self._file.write(pack(said))
            self._file.flush()
        return said


class RememberedPolyglot(RememberedEngine):
    """The same of an engine that may know several languages."""

    def __init__(self, engine: ParallelEngine, path: Path, about: str) -> None:
        super().__init__(engine, path, about)
        assert isinstance(engine, Polyglot)
        self._polyglot: Polyglot = engine

    def languages(self, sounds: Sequence[Audio]) -> list[dict[str, float]]:
        def ask() -> _Said:
            return _Said(of, languages=self._polyglot.languages(sounds))

        of = self._digest("languages", [(sound, "") for sound in sounds])
        return self._said(of, ask).languages


def remembered(engine: ParallelEngine, path: Path, about: str) -> RememberedEngine:
    """The engine with a memory, which knows several languages if it does. Raises OSError."""
    kind = RememberedPolyglot if isinstance(engine, Polyglot) else RememberedEngine
    return kind(engine, path, about)


def _answers(file: BinaryIO) -> Iterator[tuple[_Said, int]]:
    """The answers in a file, each with where it ends; what is no answer ends them."""
    unpacker, read, end = Unpacker(_SAID), 0, 0
    try:
        while True:
            said = unpacker.next()
            if said is None:
                block = file.read(_BLOCK)
                read += len(block)
                unpacker.feed(block)
            else:
                end = read - unpacker.waiting
                yield said, end
    except (IpcError, EndedError, OSError):
        return
