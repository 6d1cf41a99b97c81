"""What can go wrong in a live test, told to the operator."""

from ...core.errors import WhisperStreamError


class LivetestError(WhisperStreamError):
    """The live test could not go on; the message is a sentence that says why and what to do."""
