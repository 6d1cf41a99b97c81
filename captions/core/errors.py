"""The base classes of all errors that this project raises; each error is defined where it is raised."""


class WhisperStreamError(Exception):
    """The base class of all errors. `retryable` says whether the same call may succeed later."""

    retryable = False


class RefusedError(WhisperStreamError):
    """A request or an input is refused, and nothing has changed. The text is a sentence for the user."""


class ProtocolError(RefusedError):
    """A message of the wire protocol is refused. `code` is one of docs/protocol.md, `message` a sentence."""

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable


class UnavailableError(WhisperStreamError):
    """Something that the call depends on is not available at the moment; the caller may try again."""

    retryable = True
