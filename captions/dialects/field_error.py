"""What is wrong with a field that a client sent, whatever its dialect."""

from ..core.errors import RefusedError


class FieldError(RefusedError):
    """A field cannot be used, or asks for what is not done here. `param` is what the client calls it.

    `text` is a sentence in English with `%(name)s` placeholders, and `values` fills these in.
    """

    def __init__(self, param: str, text: str, **values: str | float) -> None:
        super().__init__(text % values if values else text)
        self.param, self.text, self.values = param, text, values
