"""Makes words for tests of text policies."""

from collections.abc import Sequence

from captions.speech.types import Word


def spoken(text: str, *, start_ms: int = 0, each_ms: int = 300, probability: float = 0.9) -> tuple[Word, ...]:
    """The words of a sentence, spoken evenly one after the other; an underscore is a silent place."""
    return tuple(
        Word(start_ms + index * each_ms, start_ms + (index + 1) * each_ms, f" {word}", probability)
        for index, word in enumerate(text.split())
        if word != "_"
    )


def text_of(words: Sequence[Word]) -> str:
    return " ".join(word.text.strip() for word in words)
