"""The service, as whoever starts a process names it."""

from dataclasses import dataclass, field
from typing import Literal

from ....core.web_service import host_of, is_on_this_machine

PARALLEL = 4
"""Sounds that are sent at the same time, unless something else is set."""


Speaks = Literal["forms", "realtime", "webrtc"]


@dataclass(frozen=True, slots=True)
class Service:
    """Where sounds are sent. Processes get it in the first message that they read, since it holds the key."""

    url: str
    """Of the API, without a slash at its end."""
    model: str
    key: str = field(default="", repr=False)
    parallel: int = PARALLEL
    falls_back: bool = False
    """Whether the local model decodes what the service does not."""
    seconds_per_day: int = 0
    """The most sound that all processes together send in a day (UTC), in seconds; 0 for any amount."""
    valkey_url: str = field(default="", repr=False)
    """Where they count it; needed with `seconds_per_day`."""
    speaks: Speaks = "forms"
    """How sound gets there: as forms over HTTP, or with OpenAI's Realtime API, and then that of live speech over a
    WebSocket or over WebRTC."""

    @property
    def host(self) -> str:
        return host_of(self.url)

    @property
    def is_here(self) -> bool:
        """Whether it is a program on this machine."""
        return is_on_this_machine(self.host)

    @property
    def writer(self) -> str:
        """How it is named beside a text that it wrote."""
        return f"{self.model} ({self.host})"
