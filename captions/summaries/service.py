"""The service that writes summaries, as the environment names it."""

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Service:
    """Any that understands OpenAI's chat completions. `seconds` is the most that one answer may take."""

    url: str
    """Of the API, without a slash at its end."""
    model: str
    key: str = field(repr=False)
    seconds: float

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def is_here(self) -> bool:
        """Whether it is a program on this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def configured() -> Service | None:
    """The service; None if there is none, and so no summaries."""
    if not settings.LLM_BASE_URL:
        return None
    return Service(settings.LLM_BASE_URL, settings.LLM_MODEL, settings.LLM_API_KEY, settings.LLM_SECONDS)
