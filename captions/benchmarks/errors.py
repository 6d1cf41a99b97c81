from ..core.errors import WhisperStreamError


class BenchError(WhisperStreamError):
    """The benchmark could not be run; the message is a sentence for the operator."""
