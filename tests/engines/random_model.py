"""A multilingual Whisper model that understands nothing: the right shape and vocabulary, random weights.

CTranslate2 calls a model multilingual when its vocabulary has an empty token, as those of OpenAI's multilingual models
have. What this one writes means nothing; that languages are detected, asked for and refused is real.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs import WhisperSpec
from ctranslate2.specs.whisper_spec import WhisperConfig
from faster_whisper.tokenizer import _LANGUAGE_CODES

from captions.engines.model_files import DEMO_FOLDER

# OpenAI's first multilingual models; Cantonese came later.
LANGUAGES = tuple(code for code in _LANGUAGE_CODES if code != "yue")
_PIECES = 640
_WIDTH = 16
_MELS = 80


def build(folder: Path) -> Path:
    """Writes the model to `folder`, which must not exist, and returns it."""
    folder.mkdir()
    tokens = _tokens()
    random = np.random.default_rng(7)

    def weights(*shape: int) -> Any:
        return random.normal(0, 0.2, shape).astype(np.float32)

    spec = WhisperSpec(1, 1, 1, 1)
    encoder, decoder = spec.encoder, spec.decoder
    for conv, channels in ((encoder.conv1, _MELS), (encoder.conv2, _WIDTH)):
        conv.weight, conv.bias = weights(_WIDTH, channels, 3), weights(_WIDTH)
    encoder.position_encodings.encodings = weights(1500, _WIDTH)
    decoder.position_encodings.encodings = weights(448, _WIDTH)
    decoder.embeddings.weight = weights(len(tokens), _WIDTH)
    decoder.projection.weight = decoder.embeddings.weight
    for stack in (encoder, decoder):
        _norm(stack.layer_norm, weights)
        for layer in stack.layer:
            _norm(layer.self_attention.layer_norm, weights)
            _linear(layer.self_attention.linear[0], 3 * _WIDTH, _WIDTH, weights)
            _linear(layer.self_attention.linear[1], _WIDTH, _WIDTH, weights)
            _norm(layer.ffn.layer_norm, weights)
            _linear(layer.ffn.linear_0, 4 * _WIDTH, _WIDTH, weights)
            _linear(layer.ffn.linear_1, _WIDTH, 4 * _WIDTH, weights)
    attention = decoder.layer[0].attention
    _norm(attention.layer_norm, weights)
    _linear(attention.linear[0], _WIDTH, _WIDTH, weights)
    _linear(attention.linear[1], 2 * _WIDTH, _WIDTH, weights)
    _linear(attention.linear[2], _WIDTH, _WIDTH, weights)
    spec.register_vocabulary(tokens)
    config: WhisperConfig = spec.config
    config.lang_ids = [tokens.index(f"<|{language}|>") for language in LANGUAGES]
    config.suppress_ids, config.suppress_ids_begin, config.alignment_heads = [], [], [(0, 0)]
    spec.validate()
    spec.save(str(folder))
    (folder / "tokenizer.json").write_text(json.dumps(_tokenizer(tokens)), encoding="utf-8")
    return folder


def _tokens() -> list[str]:
    demo: list[str] = json.loads((DEMO_FOLDER / "vocabulary.json").read_text(encoding="utf-8"))
    special = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{language}|>" for language in LANGUAGES)]
    special += [token for token in demo[_PIECES:] if token not in special]
    return [*demo[:_PIECES], "", *special]


def _tokenizer(tokens: list[str]) -> dict[str, Any]:
    tokenizer: dict[str, Any] = json.loads((DEMO_FOLDER / "tokenizer.json").read_text(encoding="utf-8"))
    pattern = tokenizer["added_tokens"][0]
    first = tokens.index("<|endoftext|>")
    tokenizer["model"]["vocab"] = {token: index for index, token in enumerate(tokens[:first])}
    tokenizer["added_tokens"] = [
        {**pattern, "id": index, "content": token} for index, token in enumerate(tokens) if index >= first
    ]
    return tokenizer


def _norm(spec: Any, weights: Any) -> None:
    spec.gamma, spec.beta = 1 + weights(_WIDTH), weights(_WIDTH)


def _linear(spec: Any, outputs: int, inputs: int, weights: Any) -> None:
    spec.weight, spec.bias = weights(outputs, inputs), weights(outputs)
