"""The error for a file without usable sound. It is translated by the web process: this room knows no Django."""

from ...core.errors import RefusedError
from ..ipc import Message


class MediaError(RefusedError):
    """A file has no usable sound.

    `text` is a sentence for a person, in English with `%(name)s` placeholders, and `values` fills these in; `str` gives
    the sentence filled in.
    """

    def __init__(self, text: str, **values: str | float) -> None:
        super().__init__(text % values if values else text)
        self.text = text
        self.values: dict[str, str | int | float] = {**values}


class Unreadable(Message, frozen=True):
    """A MediaError as a message to another process."""

    text: str
    values: dict[str, str | int | float]

    @classmethod
    def of(cls, error: MediaError) -> "Unreadable":
        return cls(error.text, error.values)

    def error(self) -> MediaError:
        return MediaError(self.text, **self.values)
