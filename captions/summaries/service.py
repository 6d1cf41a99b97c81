"""The service that writes summaries, as the environment names it."""

from dataclasses import dataclass, field

from django.conf import settings

from ..core.web_service import host_of, is_on_this_machine


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
        return host_of(self.url)

    @property
    def is_here(self) -> bool:
        """Whether it is a program on this machine."""
        return is_on_this_machine(self.host)


def configured() -> Service | None:
    """The service; None if there is none, and so no summaries."""
    if not settings.LLM_BASE_URL:
        return None
    return Service(settings.LLM_BASE_URL, settings.LLM_MODEL, settings.LLM_API_KEY, settings.LLM_SECONDS)
