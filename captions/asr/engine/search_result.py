"""The result of one search."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The text found in one sound, and the model's figures for it."""

    tokens: list[int]
    """Token ids from the prefix on, timestamps included."""
    text: str
    mean_log_probability: float
    """The mean over the tokens after the prefix and the end of text, at most 0."""
    no_speech_probability: float
    """The model's probability, 0 to 1, that there is no speech."""
    compression_ratio: float
    """Length of the text in bytes by its length compressed with zlib: high for repetitive text."""
