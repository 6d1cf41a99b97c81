"""What a server said during a stream, and when."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """A message of the server, and its time of arrival in milliseconds since the beginning of the sound."""

    at_ms: float
    message: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.message.get("type"))
