"""Which speech models can translate into English."""

import re

TARGET = "en"
"""The only language into which Whisper translates."""

# Trained, or trained again, on transcripts alone: they mostly answer in the language that is spoken.
_UNABLE = re.compile("turbo|distil|gpt-")


def can_translate(model: str, only_language: str) -> bool:
    """Whether the model of this name, which knows `only_language` or, if that is empty, several, can translate."""
    return not only_language and not _UNABLE.search(model)
