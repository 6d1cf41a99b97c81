"""Where in the sound the words are, by the attention that a Whisper model paid while it wrote them."""

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
    """What was heard in a sound of so many `frames` of 10 ms, without its padding."""

    result: SearchResult
    tokenizer: Any
    frames: int

    @property
    def text(self) -> list[int]:
        """The tokens that are text; none where they spell nothing."""
        tokens = [token for token in self.result.tokens if token < self.tokenizer.eot]
        return tokens if self.tokenizer.decode(tokens).strip() else []


class Attention:
    def __init__(self, model: WhisperModel, path: str) -> None:
        self._model = model
        self._readable = _has_alignment_heads(path)

    def words(self, encoded: Encoded, written: Sequence[DecodedText]) -> list[tuple[Word, ...]]:
        """The words of each text, timed; `encoded` has their sounds in the same order."""
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
        """The words where the model's attention points; none of a text where it cannot be followed."""
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
                # faster-whisper does so where the attention has no path through all of a strange text.
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
    """The words all over the sound, by the length of their text, each as likely as the whole."""
    words, _ = written.tokenizer.split_to_word_tokens(written.text)
    ends = list(accumulate(len(word) for word in words))
    probability = math.exp(written.result.mean_log_probability)
    return [
        Aligned(word, length_ms * (end - len(word)) // ends[-1], length_ms * end // ends[-1], probability)
        for word, end in zip(words, ends, strict=True)
    ]


def _has_alignment_heads(path: str) -> bool:
    """Whether the converter wrote down which attention shows where words are; early ones did not."""
    try:
        return bool(json.loads((Path(path) / "config.json").read_bytes()).get("alignment_heads"))
    except (OSError, ValueError, AttributeError):
        return False
