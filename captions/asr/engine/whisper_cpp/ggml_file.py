"""What a model file in ggml's format says of itself."""

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..base import EngineError

MAGIC = 0x67676D6C
_FIRST_MULTILINGUAL = 51_865
_LARGE_V3 = 51_866
_HEAD = "12i"
# The bytes of 32 numbers, by ggml's number for their type.
_SIZES = {0: 128, 1: 64, 2: 18, 3: 20, 6: 22, 7: 24, 8: 34}
_BLOCK = 32


@dataclass(frozen=True, slots=True)
class Head:
    vocabulary: int
    encoder_layers: int
    decoder_layers: int

    @property
    def is_multilingual(self) -> bool:
        return self.vocabulary >= _FIRST_MULTILINGUAL

    @property
    def is_large_v3(self) -> bool:
        """Or a model that was made from it."""
        return self.vocabulary == _LARGE_V3


def head_of(path: Path) -> Head:
    """Raises EngineError unless it is a Whisper model in ggml's format."""
    try:
        with path.open("rb") as file:
            numbers = _read(file, _HEAD)
    except FileNotFoundError as error:
        raise _refused(f"The model file {path} does not exist.") from error
    except IsADirectoryError as error:
        raise _refused(
            f"{path} is a folder, and a model of whisper.cpp is a file. "
            f"If the folder has a model in CTranslate2 format, convert it with: manage.py ggml_model {path}"
        ) from error
    except OSError as error:
        raise _refused(f"The model file {path} cannot be read ({error.strerror}).") from error
    except struct.error as error:
        raise _refused(f"{path} is too short for a model.") from error
    magic, vocabulary, _, _, _, encoder_layers, _, _, _, decoder_layers, _, _ = numbers
    if magic != MAGIC:
        raise _refused(f"{path} is not a Whisper model in ggml's format.")
    return Head(vocabulary, encoder_layers, decoder_layers)


def check_complete(path: Path) -> None:
    """Raises EngineError if the file ends too early, which whisper.cpp takes for a model and fails of."""
    try:
        with path.open("rb") as file:
            _read(file, _HEAD)
            bands, width = _read(file, "ii")
            file.seek(4 * bands * width, 1)
            (tokens,) = _read(file, "i")
            for _ in range(tokens):
                (length,) = _read(file, "i")
                file.read(length)
            end = path.stat().st_size
            tensors = 0
            while file.tell() < end:
                dimensions, length, kind = _read(file, "iii")
                count = math.prod(_read(file, f"{dimensions}i"))
                file.seek(length + count * _SIZES[kind] // _BLOCK, 1)
                tensors += 1
            if not tensors or file.tell() > end:
                raise _refused(f"The model file {path} is incomplete.")
    except OSError as error:
        raise _refused(f"The model file {path} cannot be read ({error.strerror}).") from error
    except (struct.error, KeyError) as error:
        raise _refused(f"The model file {path} is incomplete.") from error


def _read(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack("<" + form, file.read(struct.calcsize("<" + form)))


def _refused(what: str) -> EngineError:
    return EngineError(
        f"{what} Set WHISPER_MODEL to the path of a file such as ggml-base-q8_0.bin, or to a name such as base-q8_0."
    )
