"""What a Whisper model is told before it writes: what to expect, what came before, and how its text begins."""

from typing import Any

from .base import Task

# The hotwords and the text before share what the text itself leaves of the model's 448 tokens.
MOST_PROMPT_TOKENS = 200
# What is written without a space before each word, and so before the first.
SPACELESS = ("zh", "ja", "th", "lo", "my", "yue")


def prompt_of(tokenizer: Any, task: Task) -> list[int]:
    """What the model is told to have written before: the hotwords, then the end of the text before."""
    hotwords = _hotwords(tokenizer, task.hotwords)
    room = MOST_PROMPT_TOKENS - len(hotwords)
    before = tokenizer.encode(" " + task.prompt.strip()) if task.prompt.strip() else []
    text = [*hotwords, *before[max(0, len(before) - room) :]]
    return [*([tokenizer.sot_prev, *text] if text else []), *tokenizer.sot_sequence]


def prefix_of(tokenizer: Any, text: str) -> list[int]:
    """The tokens that a text beginning with `text` begins with."""
    words = " ".join(text.split())
    if not words:
        return []
    tokens: list[int] = tokenizer.encode(words if tokenizer.language_code in SPACELESS else " " + words)
    return tokens


def _hotwords(tokenizer: Any, words: tuple[str, ...]) -> list[int]:
    """As many of the words as there is room for, none of them cut."""
    tokens: list[int] = []
    for word in filter(None, (" ".join(word.split()) for word in words)):
        more = tokenizer.encode(f", {word}" if tokens else f" {word}")
        if len(tokens) + len(more) > MOST_PROMPT_TOKENS:
            break
        tokens += more
    return tokens
