"""What is wrong with a file, in words that are translated elsewhere: the processes that find out do without Django."""

import json
from typing import Self


class MediaError(Exception):
    """A file that has no sound to give, in a sentence for a person: `text` in the language of the sources, and the
    `values` that belong into it. As a string it is both."""

    def __init__(self, text: str, **values: str | float) -> None:
        super().__init__(text % values if values else text)
        self.text = text
        self.values = values

    def pack(self) -> bytes:
        return json.dumps([self.text, self.values]).encode()

    @classmethod
    def unpack(cls, body: bytes) -> Self:
        text, values = json.loads(body)
        return cls(text, **values)
