"""The sound of a file that nobody has reason to trust, decoded in a process of its own."""

import os
import signal
from collections.abc import Iterator
from types import TracebackType

import numpy as np

from ...core.translatable import gettext_noop
from ...speech.ring import Samples
from ...speech.types import SAMPLE_RATE
from ..ipc import Child, EndedError, IpcError
from . import decoder
from .decoder import FROM_DECODER, About, DecodeRequest, FromDecoder, Hole, Missing, Sound
from .media_error import MediaError, Unreadable

# Sound comes much faster than it was spoken. Where none comes for so long, none will.
_PATIENCE_SECONDS = 60.0
_TOO_MUCH = gettext_noop(
    "%(name)s could not be read: it needs more memory or time than an audio file is allowed."
)
_DAMAGED = gettext_noop("The audio in %(name)s is damaged and cannot be read.")
_NOTHING = gettext_noop("%(name)s could not be read: there was no progress for a minute.")
# It was ended from outside, mostly for want of memory, or it had its time.
_TAKEN = (-signal.SIGKILL, -signal.SIGXCPU)
HARMLESS = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "TZ")


class BoundedSound:
    """An opened file, read once. A context manager; holds a second of sound and what a pipe does.

    `about` is what the file is. `position` is in seconds, and so is `missing`, known when the sound is over: what was
    damaged, or left out in the first place; `broke_off` says then that nobody knows how much is after the end.
    """

    def __init__(self, request: DecodeRequest) -> None:
        """Raises MediaError."""
        self._request = request
        self._samples = 0
        self.missing = 0.0
        self.broke_off = False
        # What the file may make of that process shall know no password.
        environment = {name: os.environ[name] for name in HARMLESS if name in os.environ}
        self._child = Child(decoder.__name__, request, FROM_DECODER, environment)
        try:
            first = self._next()
        except BaseException:
            self._child.close()
            raise
        if not isinstance(first, About):
            self._child.close()
            raise MediaError(_DAMAGED, name=request.name)
        self.about = first

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
        self.broke_off = message.broke_off

    def _next(self) -> FromDecoder:
        try:
            message = self._child.receive(_PATIENCE_SECONDS)
        except EndedError as error:
            status = self._child.status()
            if self._samples and status != -signal.SIGKILL:
                # What was heard before is worth more than nothing, and trying again would end in the same way.
                return Missing(0.0, broke_off=True)
            text = _TOO_MUCH if status in _TAKEN else _DAMAGED
            raise MediaError(text, name=self._request.name) from error
        except IpcError as error:
            raise MediaError(_DAMAGED, name=self._request.name) from error
        if message is None:
            if self._samples:
                return Missing(0.0, broke_off=True)
            raise MediaError(_NOTHING, name=self._request.name)
        if isinstance(message, Unreadable):
            raise message.error()
        return message
