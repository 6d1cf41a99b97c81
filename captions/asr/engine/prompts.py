"""The tokens that a Whisper model gets before it writes: hotwords, the text before, and the prefix."""

from typing import Any

from .base import Task

# Tokens for hotwords and the text before together. A Whisper model has 448 for these and the text itself.
MOST_PROMPT_TOKENS = 200
# Languages written without a space before each word, and so without one before the first.
SPACELESS = ("zh", "ja", "th", "lo", "my", "yue")


def prompt_of(tokenizer: Any, task: Task) -> list[int]:
    """The tokens before the text: the hotwords, the end of the text before, and Whisper's start sequence."""
    hotwords = _hotwords(tokenizer, task.hotwords)
    room = MOST_PROMPT_TOKENS - len(hotwords)
    before = tokenizer.encode(" " + task.prompt.strip()) if task.prompt.strip() else []
    text = [*hotwords, *before[max(0, len(before) - room) :]]
    return [*([tokenizer.sot_prev, *text] if text else []), *tokenizer.sot_sequence]


def prefix_of(tokenizer: Any, text: str) -> list[int]:
    """The tokens of `text` as the beginning of a text; empty if it has no words."""
    words = " ".join(text.split())
    if not words:
        return []
    tokens: list[int] = tokenizer.encode(words if tokenizer.language_code in SPACELESS else " " + words)
    return tokens


def _hotwords(tokenizer: Any, words: tuple[str, ...]) -> list[int]:
    """The tokens of as many of the words as there is room for; none is cut."""
    tokens: list[int] = []
    for word in filter(None, (" ".join(word.split()) for word in words)):
        more = tokenizer.encode(f", {word}" if tokens else f" {word}")
        if len(tokens) + len(more) > MOST_PROMPT_TOKENS:
            break
        tokens += more
    return tokens
