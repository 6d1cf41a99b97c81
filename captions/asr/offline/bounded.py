"""The sound of a file that nobody has reason to trust, decoded in a process of its own."""

import os
from collections.abc import Iterator
from types import TracebackType

import numpy as np

from ...core.translatable import gettext_noop
from ...speech.ring import Samples
from ...speech.types import SAMPLE_RATE
from ..ipc import Child, IpcError
from . import decoder
from .decoder import FROM_DECODER, DecodeRequest, FromDecoder, Hole, Length, Missing, Sound
from .media_error import MediaError, Unreadable

# Sound comes much faster than it was spoken. Where none comes for so long, none will.
_PATIENCE_SECONDS = 60.0
_TOO_MUCH = gettext_noop(
    "%(name)s could not be read: it needs more memory or time than an audio file is allowed."
)
_NOTHING = gettext_noop("%(name)s could not be read: there was no progress for a minute.")
_HARMLESS = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "TZ")


class BoundedSound:
    """An opened file, read once. A context manager; holds a second of sound and what a pipe does.

    `seconds` is how long the file says it is, None when it does not; `position` is in seconds too, and so is
    `missing`, known when the sound is over: what was damaged, or left out in the first place.
    """

    def __init__(self, request: DecodeRequest) -> None:
        """Raises MediaError."""
        self._request = request
        self._samples = 0
        self.missing = 0.0
        # What the file may make of that process shall know no password.
        environment = {name: os.environ[name] for name in _HARMLESS if name in os.environ}
        self._child = Child(decoder.__name__, request, FROM_DECODER, environment)
        try:
            first = self._next()
        except BaseException:
            self._child.close()
            raise
        self.seconds = first.seconds if isinstance(first, Length) else None

    def __enter__(self) -> "BoundedSound":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.close()

    @property
    def position(self) -> float:
        return self._samples / SAMPLE_RATE

    def sound(self) -> Iterator[Samples | int]:
        """Pieces of a second at most; a number stands for so many samples of which there is no sound.

        Raises MediaError when nothing can be decoded, or nothing more can be read.
        """
        while not isinstance(message := self._next(), Missing):
            if isinstance(message, Hole):
                self._samples += message.samples
                yield message.samples
            elif isinstance(message, Sound):
                piece = np.frombuffer(message.samples, np.int16)
                self._samples += piece.size
                yield piece
        self.missing = message.seconds

    def _next(self) -> FromDecoder:
        try:
            message = self._child.receive(_PATIENCE_SECONDS)
        except IpcError as error:
            raise MediaError(_TOO_MUCH, name=self._request.name) from error
        if message is None:
            raise MediaError(_NOTHING, name=self._request.name)
        if isinstance(message, Unreadable):
            raise message.error()
        return message
