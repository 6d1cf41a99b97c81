"""What is wrong with a message of a client."""

from ...core.errors import RefusedError


class ClientError(RefusedError):
    """A message cannot be acted on. The text is a sentence in English; `code` and `param` are OpenAI's.

    One that is said `once` has a name for that: clients take any error for the end.
    """

    def __init__(self, code: str, sentence: str, *, param: str | None = None, once: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.param = param
        self.once = once
