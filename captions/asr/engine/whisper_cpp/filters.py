"""What a search may not write: filters of the tokens that come next, by those that are there."""

from collections.abc import Callable, Sequence

import numpy as np

from .model import Filter, Logits

# What OpenAI's tokenizer calls no speech.
_SIGNS = '"#()*+/:;<=>@[\\]^_`{|}~「」『』'
_NOTES = "♩♪♫♬♭♮♯"
_GROUPS = "<< >> <<< >>> -- --- -( -[ (' (\" (( )) ((( ))) [[ ]] {{ }} ♪♪ ♪♪♪"


def no_speech(tokens_of: Callable[[str], list[int]]) -> list[int]:
    """The tokens that nobody speaks; of signs that take several, the first."""
    each = [*_SIGNS, *_NOTES, *_GROUPS.split()]
    found: set[int] = set()
    for text in [*each, *(f" {text}" for text in each), " -", " '"]:
        tokens = tokens_of(text)
        if len(tokens) == 1 or (tokens and text.strip() in _NOTES):
            found.add(tokens[0])
    return sorted(found)


def never(suppressed: Sequence[int]) -> Filter:
    """Nowhere one of these."""
    banned = np.array(suppressed, np.intp)

    def apply(tokens: list[int], logits: Logits) -> None:
        logits[banned] = -np.inf

    return apply


def begins_with(prefix: Sequence[int]) -> Filter:
    """First these."""

    def apply(tokens: list[int], logits: Logits) -> None:
        if len(tokens) < len(prefix):
            logits[:] = -np.inf
            logits[prefix[len(tokens)]] = 0.0

    return apply


def goes_on(after: int, end: int) -> Filter:
    """Not the `end` right after so many tokens."""

    def apply(tokens: list[int], logits: Logits) -> None:
        if len(tokens) == after:
            logits[end] = -np.inf

    return apply


def no_repeat(length: int) -> Filter:
    """No sequence of so many tokens twice."""

    def apply(tokens: list[int], logits: Logits) -> None:
        last = tokens[len(tokens) - length + 1 :]
        for start in range(len(tokens) - length + 1):
            if tokens[start : start + length - 1] == last:
                logits[tokens[start + length - 1]] = -np.inf

    return apply


def together(filters: Sequence[Filter]) -> Filter:
    """One after the other; the last has the last word."""

    def apply(tokens: list[int], logits: Logits) -> None:
        for each in filters:
            each(tokens, logits)

    return apply
