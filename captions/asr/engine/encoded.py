"""What a Whisper model's encoder made of sounds, several of them side by side."""

from dataclasses import dataclass
from typing import Any

import ctranslate2
import numpy as np


@dataclass(frozen=True, slots=True)
class Encoded:
    """The encoder's output for `count` sounds, each padded to `frames` of 10 ms."""

    view: Any
    count: int
    frames: int

    def times(self, count: int) -> "Encoded":
        """One sound so many times. Raises ValueError as `only` does."""
        try:
            part: Any = np.repeat(np.asarray(self.view), count, axis=0)
            return Encoded(ctranslate2.StorageView.from_array(part), count, self.frames)
        except (TypeError, AttributeError) as error:
            raise ValueError(f"What was encoded cannot be copied ({error})") from error

    def only(self, number: int) -> "Encoded":
        """That of one sound, not copied. Raises ValueError for an arithmetic that has no name in NumPy."""
        if self.count == 1:
            return self
        try:
            if self.view.device == "cpu":
                part: Any = np.asarray(self.view)[number : number + 1]
            else:
                part = CudaPart(self.view, number)
            return Encoded(ctranslate2.StorageView.from_array(part), 1, self.frames)
        except (TypeError, AttributeError, IndexError) as error:
            raise ValueError(f"What was encoded together cannot be taken apart ({error})") from error


class CudaPart:
    """One row of an array in the memory of a CUDA device, for whoever reads the interface."""

    def __init__(self, whole: Any, number: int) -> None:
        self._whole = whole  # Which owns the memory.
        about = dict(whole.__cuda_array_interface__)
        address, read_only = about["data"]
        _, *shape = about["shape"]
        row = int(np.prod(shape)) * np.dtype(about["typestr"]).itemsize
        self.__cuda_array_interface__ = {
            **about,
            "shape": (1, *shape),
            "data": (address + number * row, read_only),
            "strides": None,
        }
