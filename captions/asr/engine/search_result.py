"""What one search of the model came to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Token ids, timestamps among them, and what the model thinks of them."""

    tokens: list[int]
    text: str
    mean_log_probability: float
    no_speech_probability: float
    compression_ratio: float
