"""The errors that this product raises itself, in one small hierarchy; each is defined where it is raised."""


class WhisperStreamError(Exception):
    """Base of them all. `retryable` says whether the same may work later."""

    retryable = False


class RefusedError(WhisperStreamError):
    """What somebody asked for or sent cannot be taken, and nothing has changed; the text is a sentence for them."""


class ProtocolError(RefusedError):
    """A message over the wire that cannot be acted on: `code` is one of docs/protocol.md, `message` the sentence."""

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable


class UnavailableError(WhisperStreamError):
    """Something that is depended on is not there at the moment: to be tried again."""

    retryable = True
