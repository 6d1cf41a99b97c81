"""Writes a Whisper model in CTranslate2 format as a file in ggml's format, as `convert-pt-to-ggml.py` of whisper.cpp
does with OpenAI's models.
"""

import ctypes
import json
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from ..base import EngineError
from .ctranslate2_file import CTranslate2File, Weights, opened
from .ggml_file import MAGIC
from .library import library

_QUANTISED_VERSION = 2_000
_FLOAT32, _FLOAT16 = 0, 1


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of numbers: ggml's numbers for a file of them and for a tensor, and the bytes of 32 of them."""

    file: int
    tensor: int
    size: int

    @property
    def is_quantised(self) -> bool:
        return self.tensor != _FLOAT16


KINDS = {
    "f16": Kind(1, _FLOAT16, 64),
    "q8_0": Kind(7 + _QUANTISED_VERSION, 8, 34),
    "q5_0": Kind(8 + _QUANTISED_VERSION, 6, 22),
    "q5_1": Kind(9 + _QUANTISED_VERSION, 7, 24),
}
_BLOCK = 32

_SAMPLE_RATE, _FFT = 16_000, 400


def convert(folder: Path, target: Path, kind: str = "q8_0") -> None:
    """Writes the model in `folder` to `target`; a `kind` with a q is smaller and less exact.

    Raises EngineError if the folder holds no Whisper model that whisper.cpp can run, or the file cannot be written.
    """
    with opened(folder / "model.bin") as model:
        tokens = _tokens(folder / "tokenizer.json")
        part = target.with_name(target.name + ".part")
        try:
            with part.open("wb") as file:
                _write_head(file, model, tokens, KINDS[kind])
                for name, weights in _tensors(model):
                    _write_tensor(file, name, weights, KINDS[kind])
            os.replace(part, target)
        except OSError as error:
            raise EngineError(f"{target} cannot be written ({error.strerror}).") from error
        finally:
            part.unlink(missing_ok=True)


def _write_head(file: BinaryIO, model: CTranslate2File, tokens: list[bytes], kind: Kind) -> None:
    vocabulary, text_state = model.shape("decoder/embeddings/weight")
    if vocabulary < 51_864 or len(tokens) not in (50_256, 50_257):
        raise EngineError("Only models with the tokens of OpenAI's can be run by whisper.cpp.")
    audio_state, mels, _ = model.shape("encoder/conv1/weight")
    audio_context, _ = model.shape("encoder/position_encodings/encodings")
    text_context, _ = model.shape("decoder/position_encodings/encodings")
    numbers = (
        MAGIC,
        vocabulary,
        audio_context,
        audio_state,
        model.number("encoder/num_heads"),
        _layers(model, "encoder"),
        text_context,
        text_state,
        model.number("decoder/num_heads"),
        _layers(model, "decoder"),
        mels,
        kind.file,
    )
    file.write(struct.pack(f"<{len(numbers)}i", *numbers))
    filters = _mel_filters(mels)
    file.write(struct.pack("<ii", *filters.shape))
    file.write(filters.astype("<f4").tobytes())
    file.write(struct.pack("<i", len(tokens)))
    for token in tokens:
        file.write(struct.pack("<i", len(token)))
        file.write(token)


def _write_tensor(file: BinaryIO, name: str, weights: Weights, kind: Kind) -> None:
    # The positions, like all that is small, stay as exact as they are; what is convolved does not become integers.
    if weights.ndim < 2 or name.endswith(("positional_embedding", "conv1.bias", "conv2.bias")):
        number, data = _FLOAT32, weights.astype("<f4").tobytes()
    elif kind.is_quantised and weights.ndim == 2:
        number, data = kind.tensor, _quantised(weights, kind)
    else:
        number, data = _FLOAT16, weights.astype("<f2").tobytes()
    written = name.encode()
    file.write(struct.pack("<iii", weights.ndim, len(written), number))
    file.write(struct.pack(f"<{weights.ndim}i", *reversed(weights.shape)))
    file.write(written)
    file.write(data)


def _quantised(weights: Weights, kind: Kind) -> bytes:
    """By ggml itself."""
    rows, width = weights.shape
    if width % _BLOCK:
        raise EngineError(f"Rows of {width} numbers cannot be quantised. Write the model as f16.")
    source = np.ascontiguousarray(weights, np.float32)
    target = ctypes.create_string_buffer(weights.size // _BLOCK * kind.size)
    quantise = library().call.ggml_quantize_chunk
    quantise.restype = ctypes.c_size_t
    quantise.argtypes = [
        ctypes.c_int,
        ctypes.c_void_p,
        ctypes.c_void_p,
        *[ctypes.c_int64] * 3,
        ctypes.c_void_p,
    ]
    written = quantise(kind.tensor, source.ctypes.data, target, 0, rows, width, None)
    if written != len(target):
        raise EngineError(f"ggml wrote {written} bytes instead of {len(target)}.")
    return target.raw


def _tensors(model: CTranslate2File) -> Iterator[tuple[str, Weights]]:
    """All tensors of the model under the names that OpenAI gave them."""
    for number in (1, 2):
        yield f"encoder.conv{number}.weight", model.weights(f"encoder/conv{number}/weight")
        yield f"encoder.conv{number}.bias", model.weights(f"encoder/conv{number}/bias").reshape(-1, 1)
    yield "decoder.token_embedding.weight", model.weights("decoder/embeddings/weight")
    for part, last in (("encoder", "ln_post"), ("decoder", "ln")):
        yield f"{part}.positional_embedding", model.weights(f"{part}/position_encodings/encodings")
        yield from _norm(model, f"{part}/layer_norm", f"{part}.{last}")
        for number in range(_layers(model, part)):
            yield from _layer(model, f"{part}/layer_{number}", f"{part}.blocks.{number}")


def _layer(model: CTranslate2File, source: str, target: str) -> Iterator[tuple[str, Weights]]:
    yield from _norm(model, f"{source}/self_attention/layer_norm", f"{target}.attn_ln")
    yield from _linear(
        model, f"{source}/self_attention/linear_0", target, ("attn.query", "attn.key", "attn.value")
    )
    yield from _linear(model, f"{source}/self_attention/linear_1", target, ("attn.out",))
    if f"{source}/attention/linear_0/weight" in model:
        yield from _norm(model, f"{source}/attention/layer_norm", f"{target}.cross_attn_ln")
        yield from _linear(model, f"{source}/attention/linear_0", target, ("cross_attn.query",))
        yield from _linear(
            model, f"{source}/attention/linear_1", target, ("cross_attn.key", "cross_attn.value")
        )
        yield from _linear(model, f"{source}/attention/linear_2", target, ("cross_attn.out",))
    yield from _norm(model, f"{source}/ffn/layer_norm", f"{target}.mlp_ln")
    yield from _linear(model, f"{source}/ffn/linear_0", target, ("mlp.0",))
    yield from _linear(model, f"{source}/ffn/linear_1", target, ("mlp.2",))


def _linear(
    model: CTranslate2File, source: str, target: str, names: tuple[str, ...]
) -> Iterator[tuple[str, Weights]]:
    """A matrix and its bias, cut into as many as there are names: CTranslate2 joins what is applied to the same."""
    weights, bias = model.weights(f"{source}/weight"), model.weights(f"{source}/bias")
    for name, rows, some in zip(
        names, np.split(weights, len(names)), np.split(bias, len(names)), strict=True
    ):
        yield f"{target}.{name}.weight", rows
        if not name.endswith(".key"):  # Whisper's keys have none; in the joined bias there are zeros.
            yield f"{target}.{name}.bias", some


def _norm(model: CTranslate2File, source: str, target: str) -> Iterator[tuple[str, Weights]]:
    yield f"{target}.weight", model.weights(f"{source}/gamma")
    yield f"{target}.bias", model.weights(f"{source}/beta")


def _layers(model: CTranslate2File, part: str) -> int:
    count = 0
    while f"{part}/layer_{count}/ffn/linear_0/weight" in model:
        count += 1
    return count


def _tokens(path: Path) -> list[bytes]:
    """The bytes of each token of text, in the order of their numbers. Raises EngineError."""
    try:
        known: dict[str, int] = json.loads(path.read_bytes())["model"]["vocab"]
        characters = _byte_of_character()
        texts = sorted((number, text) for text, number in known.items() if not text.startswith("<|"))
        if [number for number, _ in texts] != [*range(len(texts))]:
            raise EngineError(f"The tokens in {path} are not numbered as OpenAI's are.")
        return [bytes(characters[each] for each in text) for _, text in texts]
    except OSError as error:
        raise EngineError(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError) as error:
        raise EngineError(f"{path} holds no tokens of a Whisper model.") from error


def _byte_of_character() -> dict[str, int]:
    """Which byte each character of the vocabulary stands for: those that cannot be seen stand behind the 256 others."""
    seen = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = [byte for byte in range(256) if byte not in seen]
    return {chr(byte): byte for byte in seen} | {chr(256 + n): byte for n, byte in enumerate(hidden)}


def _mel_filters(mels: int) -> npt.NDArray[np.float32]:
    """The filters of a Whisper model with so many mel bands, shape (bands, 201)."""
    from faster_whisper.feature_extractor import FeatureExtractor

    return np.asarray(FeatureExtractor.get_mel_filters(_SAMPLE_RATE, _FFT, mels), np.float32)
