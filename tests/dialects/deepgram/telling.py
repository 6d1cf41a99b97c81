"""Events of ours for the tests of what is made of them."""

from typing import Any

from captions.speech.passage import Passage
from captions.speech.types import Word


def final(
    text: str, start_ms: int, end_ms: int, *, utterance: str = "u1", language: str = "en"
) -> dict[str, Any]:
    """A final whose words last equally long, each with the probability 0.9."""
    words = text.split()
    each_ms = (end_ms - start_ms) // max(1, len(words))
    return {
        "type": "final",
        "seq": 1,
        "utterance": utterance,
        "start_ms": start_ms,
        "end_ms": end_ms,
        "text": text,
        "words": [
            {
                "text": f" {word}",
                "start_ms": start_ms + number * each_ms,
                "end_ms": start_ms + (number + 1) * each_ms,
                "probability": 0.9,
            }
            for number, word in enumerate(words)
        ],
        "confidence": 0.9,
        "language": language,
        "version": 1,
    }


def passage(text: str, start_ms: int, end_ms: int, *, language: str = "en") -> Passage:
    """The same as an utterance of a file."""
    told = final(text, start_ms, end_ms)
    return Passage(start_ms, end_ms, text, tuple(Word(**word) for word in told["words"]), 0.9, language)


def partial(
    stable: str, tentative: str = "", *, start_ms: int = 0, utterance: str = "u1", language: str = "en"
) -> dict[str, Any]:
    return {
        "type": "partial",
        "utterance": utterance,
        "start_ms": start_ms,
        "stable": stable,
        "tentative": tentative,
        "language": language,
    }


def speech(state: str, at_ms: int) -> dict[str, Any]:
    return {"type": "speech", "state": state, "at_ms": at_ms}


FLUSHED = {"type": "flushed", "number": 1}
NOT_TRANSCRIBED = {"type": "error", "code": "not_transcribed", "message": "…", "retryable": False}
