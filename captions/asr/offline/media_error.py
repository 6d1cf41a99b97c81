"""What is wrong with a file, in words that are translated elsewhere: the processes that find out do without Django."""

from ...core.errors import RefusedError
from ..ipc import Message


class MediaError(RefusedError):
    """A file that has no sound to give, in a sentence for a person: `text` in the language of the sources, and the
    `values` that belong into it. As a string it is both."""

    def __init__(self, text: str, **values: str | float) -> None:
        super().__init__(text % values if values else text)
        self.text = text
        self.values: dict[str, str | int | float] = {**values}


class Unreadable(Message, frozen=True):
    """A MediaError, on its way to another process."""

    text: str
    values: dict[str, str | int | float]

    @classmethod
    def of(cls, error: MediaError) -> "Unreadable":
        return cls(error.text, error.values)

    def error(self) -> MediaError:
        return MediaError(self.text, **self.values)
