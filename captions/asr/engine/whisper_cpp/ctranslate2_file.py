"""Reads the weights of a CTranslate2 model file, as its `model_spec.py` writes them."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ..base import EngineError

Weights = npt.NDArray[np.float32]

_KIND = "WhisperSpec"
_VERSION = 6
_TYPES: dict[int, np.dtype[Any]] = {
    0: np.dtype("<f4"),
    1: np.dtype("i1"),
    2: np.dtype("<i2"),
    3: np.dtype("<i4"),
    4: np.dtype("<f2"),
}
_SCALE = "_scale"


class CTranslate2File:
    """The variables of a file by their names; each is read from the disk when it is asked for."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        """Raises EngineError if the file holds no Whisper model."""
        self._file = file
        self._name = name
        self._places: dict[str, tuple[tuple[int, ...], int, int]] = {}
        try:
            (version,) = self._unpack("I")
            if not 0 < version <= _VERSION or self._text() != _KIND:
                raise EngineError(f"{name} is not a Whisper model in CTranslate2 format.")
            _, count = self._unpack("II")
            for _ in range(count):
                variable = self._text()
                (rank,) = self._unpack("B")
                shape = self._unpack(f"{rank}I")
                kind, size = self._unpack("BI")
                self._places[variable] = shape, kind, file.tell()
                file.seek(size, 1)
        except (struct.error, UnicodeDecodeError) as error:
            raise EngineError(f"{name} is damaged: it ends too early.") from error

    def __contains__(self, variable: object) -> bool:
        return variable in self._places

    def shape(self, variable: str) -> tuple[int, ...]:
        """Raises EngineError if the file has no such variable."""
        return self._place(variable)[0]

    def number(self, variable: str) -> int:
        return int(self._values(variable).reshape(()))

    def weights(self, variable: str) -> Weights:
        """As 32-bit numbers, also those that are stored as integers with a scale for each row."""
        values = self._values(variable).astype(np.float32)
        if variable + _SCALE not in self:
            return values
        scale = self._values(variable + _SCALE).astype(np.float32)
        weights: Weights = values / scale.reshape(-1, *[1] * (values.ndim - 1))
        return weights

    def _values(self, variable: str) -> npt.NDArray[Any]:
        shape, kind, place = self._place(variable)
        if kind not in _TYPES:
            raise EngineError(f"{self._name} stores {variable} in a way that cannot be read here.")
        dtype = _TYPES[kind]
        self._file.seek(place)
        data = self._file.read(int(np.prod(shape)) * dtype.itemsize)
        try:
            values: npt.NDArray[Any] = np.frombuffer(data, dtype).reshape(shape)
        except ValueError as error:
            raise EngineError(f"{self._name} is damaged: it ends too early.") from error
        return values

    def _place(self, variable: str) -> tuple[tuple[int, ...], int, int]:
        if variable not in self._places:
            raise EngineError(f"{self._name} has no {variable}.")
        return self._places[variable]

    def _text(self) -> str:
        (length,) = self._unpack("H")
        return self._file.read(length).rstrip(b"\0").decode()

    def _unpack(self, form: str) -> tuple[int, ...]:
        form = "<" + form
        return struct.unpack(form, self._file.read(struct.calcsize(form)))


@contextmanager
def opened(path: Path) -> Iterator[CTranslate2File]:
    """Raises EngineError if it cannot be read."""
    try:
        with path.open("rb") as file:
            yield CTranslate2File(file, str(path))
    except OSError as error:
        raise EngineError(f"{path} cannot be read ({error.strerror}).") from error
