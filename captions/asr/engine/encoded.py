"""The output of a Whisper model's encoder for several sounds."""

from dataclasses import dataclass
from typing import Any

import ctranslate2
import numpy as np


@dataclass(frozen=True, slots=True)
class Encoded:
    """The encoder's output for one or more sounds of equal length."""

    view: Any
    """A `ctranslate2.StorageView` of shape (count, frames / 2, features)."""
    count: int
    """The number of sounds."""
    frames: int
    """Length of each sound with its padding, in frames of 10 ms."""

    def times(self, count: int) -> "Encoded":
        """`count` copies of a single sound. Raises ValueError if the compute type has no counterpart in NumPy."""
        try:
            part: Any = np.repeat(np.asarray(self.view), count, axis=0)
            return Encoded(ctranslate2.StorageView.from_array(part), count, self.frames)
        except (TypeError, AttributeError) as error:
            raise ValueError(f"What was encoded cannot be copied ({error})") from error

    def only(self, number: int) -> "Encoded":
        """The output for the sound with that index, not copied. Raises ValueError as `times` does."""
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
    """One row of an array in the memory of a CUDA device, offered through the CUDA array interface."""

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
