"""The error of a live test."""

from ...core.errors import WhisperStreamError


class LivetestError(WhisperStreamError):
    """The live test cannot go on; the message is a sentence for the operator: why, and what to do."""
