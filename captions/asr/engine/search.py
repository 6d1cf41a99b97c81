"""Searches for the likeliest text of encoded sounds with a Whisper model, several at once."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from faster_whisper import WhisperModel

from .encoded import Encoded
from .search_result import SearchResult


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What to search for in one sound."""

    tokenizer: Any
    """The tokenizer of faster-whisper for the sound's language."""
    prompt: list[int]
    """Tokens before the text: the prompt and Whisper's start sequence."""
    prefix: list[int]
    """Tokens that the text must begin with; empty for any beginning."""
    room: int
    """Tokens that may follow the `prefix`, at least 1. Fewer end a loop sooner."""

    @property
    def alike(self) -> tuple[int, bool]:
        """What must be equal in all requests of one `search`, because CTranslate2 requires it."""
        return len(self.prompt), bool(self.prefix)


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How to search. The defaults are a greedy search."""

    beam: int = 1
    """Hypotheses kept at each step, at least 1; 1 is greedy. More finds likelier texts and takes longer. With a
    `temperature` it is the number of texts sampled, of which the likeliest is taken."""
    temperature: float = 0.0
    """Above 0 tokens are sampled instead of searched for. Higher makes unlikely tokens more frequent."""
    no_repeat: int = 0
    """Above 0, no sequence of this many tokens occurs twice in a text: that prevents loops."""
    suppressed: tuple[int, ...] = ()
    """Tokens that are never written."""
    goes_on: bool = False
    """Whether the text must go on after its prefix: its first new token is not the end of text."""


def search(
    model: WhisperModel, encoded: Encoded, requests: Sequence[SearchRequest], options: SearchOptions
) -> list[SearchResult]:
    """The likeliest text of each sound in `encoded`, in the order of `requests`, which all have the same `alike`.

    Raises RuntimeError and ValueError as CTranslate2 does.
    """
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
        # CTranslate2 lets the text, prefix included, have half of max_length, and less if the prompt is longer than
        # the other half.
        max_length=min(model.max_length, max(2 * most, len(requests[0].prompt) + most)),
        suppress_tokens=list(options.suppressed),
        # It forbids the end of text as the first new token. After a prefix there may be no new words.
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
    # The search had the room of the request with the most.
    tokens = written[:most]
    text = request.tokenizer.decode(tokens).strip()
    encoded = text.encode()
    return SearchResult(
        tokens=tokens,
        text=text,
        # The score is a mean over all tokens. Those of the prefix have log probability 0 and do not count here; the end
        # of text counts as one token.
        mean_log_probability=float(result.scores[0])
        * len(written)
        / (max(0, len(written) - len(request.prefix)) + 1),
        no_speech_probability=float(result.no_speech_prob),
        compression_ratio=len(encoded) / len(zlib.compress(encoded)),
    )
