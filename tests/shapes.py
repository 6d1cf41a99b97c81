"""Whisper models with the exact shape of real ones but random weights, to measure the cost of decoding.

All matrix products of a real model are computed. Only a chain through the vocabulary is not random: for any sound, each
token leads to the next, and after a given number of tokens the text ends. So a decode is as long as one of ordinary
speech, and the model is confident, so that no decode is repeated at a higher temperature.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
from ctranslate2.specs import WhisperSpec
from faster_whisper.tokenizer import _LANGUAGE_CODES
from tokenizers import AddedToken, Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel

from captions.benchmarks.errors import BenchError

PREFIX = "shape:"
TOKENS = 16
"""The number of tokens in an utterance of nine or ten English words."""

WINDOW_TOKENS = 90
"""The number of tokens in thirty seconds of speech."""

_TEXT = 50_256
_LATE_LANGUAGE = "yue"
_TIMESTAMPS = 1501
_TIMESTAMP_SECONDS = 0.02
_TASKS = ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")
# How much the chain outweighs the random weights: in the embeddings and in the output.
_EMBEDDED = 4.0
_LOGIT = 25.0
# Gives the detected language a probability of 0.95, as in a real model.
_LANGUAGE = 0.3

Weights = npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Shape:
    """The layers, width and heads of a model, and the alignment heads, whose attention gives word times."""

    encoder_layers: int
    decoder_layers: int
    width: int
    heads: int
    alignment_heads: tuple[tuple[int, int], ...]
    mels: int = 80
    languages: int = 99


SHAPES = {
    "tiny": Shape(4, 4, 384, 6, ((2, 2), (3, 0), (3, 2), (3, 3), (3, 4), (3, 5))),
    "base": Shape(6, 6, 512, 8, ((3, 1), (4, 2), (4, 3), (4, 7), (5, 1), (5, 2), (5, 4), (5, 6))),
    "small": Shape(
        12,
        12,
        768,
        12,
        ((5, 3), (5, 9), (8, 0), (8, 4), (8, 7), (8, 8), (9, 0), (9, 7), (9, 9), (10, 5)),
    ),
    "large-v3-turbo": Shape(
        32, 4, 1280, 20, ((2, 4), (2, 11), (3, 3), (3, 6), (3, 11), (3, 14)), mels=128, languages=100
    ),
}


@contextmanager
def folder_of(model: str, tokens: int = TOKENS) -> Iterator[str]:
    """A temporary folder with the model called `shape:NAME`, which writes `tokens` tokens for any sound.

    Raises BenchError.
    """
    shape = SHAPES.get(model.removeprefix(PREFIX))
    if shape is None:
        raise BenchError(f"{model!r} is no shape. Choose {', '.join(PREFIX + name for name in SHAPES)}.")
    with TemporaryDirectory(prefix="bench-") as folder:
        build(shape, Path(folder), tokens)
        yield folder


def build(shape: Shape, folder: Path, length: int = TOKENS) -> None:
    """Writes a model in CTranslate2 format, which outputs `length` tokens, into an empty folder."""
    tokens = _tokens(shape.languages)
    random = _Random()
    spec = WhisperSpec(shape.encoder_layers, shape.heads, shape.decoder_layers, shape.heads)
    width = shape.width
    for conv, channels in ((spec.encoder.conv1, shape.mels), (spec.encoder.conv2, width)):
        conv.weight, conv.bias = random.weights(width, channels, 3), random.weights(width)
    spec.encoder.position_encodings.encodings = random.weights(1500, width)
    spec.decoder.position_encodings.encodings = random.weights(448, width)
    spec.decoder.embeddings.weight, spec.decoder.projection.weight = _chain(tokens, width, length)
    for stack in (spec.encoder, spec.decoder):
        _norm(stack.layer_norm, width)
        for layer in stack.layer:
            _norm(layer.self_attention.layer_norm, width)
            _linear(layer.self_attention.linear[0], 3 * width, width, random)
            _linear(layer.self_attention.linear[1], width, width, random)
            _norm(layer.ffn.layer_norm, width)
            _linear(layer.ffn.linear_0, 4 * width, width, random)
            _linear(layer.ffn.linear_1, width, 4 * width, random)
    for layer in spec.decoder.layer:
        _norm(layer.attention.layer_norm, width)
        for linear, outputs in zip(layer.attention.linear, (width, 2 * width, width), strict=True):
            _linear(linear, outputs, width, random)
    spec.register_vocabulary(tokens)
    spec.config.lang_ids = [tokens.index(f"<|{language}|>") for language in _languages(shape.languages)]
    spec.config.suppress_ids = spec.config.suppress_ids_begin = []
    spec.config.alignment_heads = list(shape.alignment_heads)
    spec.validate()
    spec.save(str(folder))
    (folder / "tokenizer.json").write_text(_tokenizer(tokens), encoding="utf-8")
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": shape.mels}))


class _Random:
    """Small random weights. They repeat, because generating all weights of a large model would take too long."""

    def __init__(self) -> None:
        self._pool = np.random.default_rng(7).normal(0, 0.02, 4_000_037).astype(np.float16)
        self._at = 0

    def weights(self, *shape: int) -> Weights:
        count = int(np.prod(shape))
        self._at = (self._at + 1_000_003) % self._pool.size
        return np.resize(np.roll(self._pool, -self._at), count).reshape(shape)


def _chain(tokens: list[str], width: int, length: int) -> tuple[Weights, Weights]:
    """The embeddings of the tokens, and the output weights with which the decoder writes `length` of them."""
    random = np.random.default_rng(11)

    def directions(count: int) -> npt.NDArray[np.float32]:
        found: npt.NDArray[np.float32] = random.standard_normal((count, width), np.float32)
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        return found

    said = directions(length)
    detect, language, begin = directions(3)
    embeddings, projection = directions(len(tokens)), directions(len(tokens))
    embeddings[:_TEXT] = said[np.arange(_TEXT) % length]
    place = {token: index for index, token in enumerate(tokens)}
    embeddings[place["<|startoftranscript|>"]] = detect
    embeddings[place["<|transcribe|>"]] = language
    embeddings[[place["<|notimestamps|>"], *range(len(tokens) - _TIMESTAMPS, len(tokens))]] = begin
    first = _TEXT - _TEXT % length - length
    leads = {place["<|en|>"]: _LANGUAGE * detect, place["<|0.00|>"]: language, first: begin}
    leads |= {first + step: said[step - 1] for step in range(1, length)}
    leads[place["<|endoftext|>"]] = said[-1]
    for index, direction in leads.items():
        projection[index] = _LOGIT * direction
    root = np.float32(np.sqrt(width))
    return (embeddings * root * _EMBEDDED).astype(np.float16), (projection / root).astype(np.float16)


def _languages(count: int) -> list[str]:
    early = [code for code in _LANGUAGE_CODES if code != _LATE_LANGUAGE]
    return [*early, _LATE_LANGUAGE][:count]


def _tokens(languages: int) -> list[str]:
    """A vocabulary of the real size and order. CTranslate2 recognises a multilingual one by its empty token."""
    letters = sorted(ByteLevel.alphabet())
    text = letters + [f"Ġ{_word(index)}" for index in range(len(letters), _TEXT)]
    names = ("endoftext", "startoftranscript", *_languages(languages), *_TASKS)
    times = (f"<|{index * _TIMESTAMP_SECONDS:.2f}|>" for index in range(_TIMESTAMPS))
    return [*text, "", *(f"<|{name}|>" for name in names), *times]


def _word(index: int) -> str:
    """A word of six letters, different for each index."""
    number = index * 7919 % 26**5
    return "Q" + "".join(chr(97 + number // 26**place % 26) for place in range(5))


def _tokenizer(tokens: list[str]) -> str:
    """A tokenizer definition that encodes text as single letters; the model's output consists of whole words."""
    first = tokens.index("<|endoftext|>")
    vocabulary = {token: index for index, token in enumerate(tokens[:first])}
    tokenizer = Tokenizer(BPE(vocabulary, []))
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteLevelDecoder()
    tokenizer.add_special_tokens(
        [AddedToken(token, normalized=False, special=True) for token in tokens[first:]]
    )
    written: str = tokenizer.to_str()
    return written


def _norm(spec: Any, width: int) -> None:
    spec.gamma, spec.beta = np.ones(width, np.float16), np.zeros(width, np.float16)


def _linear(spec: Any, outputs: int, inputs: int, random: _Random) -> None:
    spec.weight, spec.bias = random.weights(outputs, inputs), random.weights(outputs)
