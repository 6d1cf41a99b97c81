"""One search of a Whisper model for the likeliest text, for several sounds at once."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from faster_whisper import WhisperModel

from .encoded import Encoded
from .search_result import SearchResult


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What the model is told of one sound: a `prompt` up to where its text begins, and tokens that it begins with.

    `room` is how many tokens may come after the `prefix`.
    """

    tokenizer: Any
    prompt: list[int]
    prefix: list[int]
    room: int

    @property
    def alike(self) -> tuple[int, bool]:
        """Sounds can be searched for together where this is the same: so CTranslate2 has it."""
        return len(self.prompt), bool(self.prefix)


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How to search. A text that `goes_on` does not end with its prefix.

    With a `temperature` it is chance that chooses among the likely, `beam` times; with `no_repeat` above 0 no so many
    tokens come twice.
    """

    beam: int = 1
    temperature: float = 0.0
    no_repeat: int = 0
    suppressed: tuple[int, ...] = ()
    goes_on: bool = False


def search(
    model: WhisperModel, encoded: Encoded, requests: Sequence[SearchRequest], options: SearchOptions
) -> list[SearchResult]:
    """What was heard in each of the sounds; all `requests` are alike. Raises RuntimeError and ValueError."""
    most = max(len(each.prefix) + each.room for each in requests)
    arguments: dict[str, Any] = {"beam_size": options.beam}
    if options.temperature:
        arguments = {
            "beam_size": 1,
            "num_hypotheses": options.beam,
            "sampling_topk": 0,
            "sampling_temperature": options.temperature,
        }
    results = model.model.generate(
        encoded.view,
        [[*each.prompt, *each.prefix] for each in requests],
        # CTranslate2 gives half of max_length to the text, its prefix included, and less where the prompt is longer
        # than that.
        max_length=min(model.max_length, max(2 * most, len(requests[0].prompt) + most)),
        suppress_tokens=list(options.suppressed),
        # No text begins with its end, but one may end with its prefix.
        suppress_blank=options.goes_on or not requests[0].prefix,
        no_repeat_ngram_size=options.no_repeat,
        return_scores=True,
        return_no_speech_prob=True,
        **arguments,
    )
    return [_result(result, each, model.max_length) for result, each in zip(results, requests, strict=True)]


def _result(result: Any, request: SearchRequest, max_length: int) -> SearchResult:
    most = min(len(request.prefix) + request.room, max_length // 2)
    written = list(result.sequences_ids[0])
    # A sound with more room may have been searched for together with this one.
    tokens = written[:most]
    text = request.tokenizer.decode(tokens).strip()
    encoded = text.encode()
    return SearchResult(
        tokens=tokens,
        text=text,
        # The score is a mean over the tokens, those of the prefix being certain; the end counts as one more.
        mean_log_probability=float(result.scores[0])
        * len(written)
        / (max(0, len(written) - len(request.prefix)) + 1),
        no_speech_probability=float(result.no_speech_prob),
        compression_ratio=len(encoded) / len(zlib.compress(encoded)),
    )
