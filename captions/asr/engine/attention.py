"""Word times from the cross-attention of a Whisper model, by dynamic time warping as in openai/whisper's timing.py."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from faster_whisper import WhisperModel

from ...speech.types import Word
from .encoded import Encoded
from .search_result import SearchResult
from .word_times import Aligned, to_words


@dataclass(frozen=True, slots=True)
class DecodedText:
    """The text found in one sound."""

    result: SearchResult
    tokenizer: Any
    """The tokenizer of faster-whisper for the sound's language."""
    frames: int
    """Length of the sound without its padding, in frames of 10 ms."""

    @property
    def text(self) -> list[int]:
        """The tokens that are text; empty if they are nothing but spaces."""
        tokens = [token for token in self.result.tokens if token < self.tokenizer.eot]
        return tokens if self.tokenizer.decode(tokens).strip() else []


class Attention:
    """Finds the times of the words that one model wrote."""

    def __init__(self, model: WhisperModel, path: str) -> None:
        self._model = model
        self._readable = _has_alignment_heads(path)

    def words(self, encoded: Encoded, written: Sequence[DecodedText]) -> list[tuple[Word, ...]]:
        """The timed words of each text. `encoded` has their sounds in the same order; times count from their beginning.

        Raises RuntimeError and ValueError as CTranslate2 does.
        """
        aligned = self._aligned(encoded, written)
        return [
            self._timed(each, found) if each.text else ()
            for each, found in zip(written, aligned, strict=True)
        ]

    def _timed(self, written: DecodedText, aligned: list[Aligned]) -> tuple[Word, ...]:
        marks = [
            round((token - written.tokenizer.timestamp_begin) * self._model.time_precision * 1000)
            for token in written.result.tokens
            if token >= written.tokenizer.timestamp_begin
        ]
        length_ms = written.frames * 1000 // self._model.frames_per_second
        return to_words(
            aligned or _spread(written, length_ms),
            length_ms,
            first_ms=marks[0] if marks else None,
            last_ms=marks[-1] if len(marks) > 1 else None,
        )

    def _aligned(self, encoded: Encoded, written: Sequence[DecodedText]) -> list[list[Aligned]]:
        """The words at the times that the attention gives them; none for a text whose attention is no use."""
        if not self._readable or not any(each.text for each in written):
            return [[] for _ in written]
        if len({each.tokenizer.language for each in written}) == 1:
            try:
                found = self._model.find_alignment(
                    written[0].tokenizer,
                    [each.text for each in written],
                    encoded.view,
                    [each.frames for each in written],
                )
            except IndexError:
                # faster-whisper raises it if the attention has no path through all of an unusual text.
                pass
            else:
                return [[_as_aligned(word) for word in words] for words in found]
        if len(written) == 1:
            return [[]]
        return [self._aligned(encoded.only(number), [each])[0] for number, each in enumerate(written)]


def _as_aligned(word: dict[str, Any]) -> Aligned:
    return Aligned(
        word["word"],
        round(float(word["start"]) * 1000),
        round(float(word["end"]) * 1000),
        float(word["probability"]),
    )


def _spread(written: DecodedText, length_ms: int) -> list[Aligned]:
    """The words spread over the sound in proportion to their length, each with the mean probability of the text."""
    words, _ = written.tokenizer.split_to_word_tokens(written.text)
    ends = list(accumulate(len(word) for word in words))
    probability = math.exp(written.result.mean_log_probability)
    return [
        Aligned(word, length_ms * (end - len(word)) // ends[-1], length_ms * end // ends[-1], probability)
        for word, end in zip(words, ends, strict=True)
    ]


def _has_alignment_heads(path: str) -> bool:
    """Whether the model's files name the attention heads that align words: early converters left them out."""
    try:
        return bool(json.loads((Path(path) / "config.json").read_bytes()).get("alignment_heads"))
    except (OSError, ValueError, AttributeError):
        return False
