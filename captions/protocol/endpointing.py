"""What a person or a dictation may ask of endpointing, and within which bounds."""

from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any

from msgspec import Meta

from ..speech.endpointing import EndpointSettings

LEAST_THRESHOLD, MOST_THRESHOLD = 0.05, 0.95
MOST_PREFIX_MS = 2_000
# Silence shorter than that is no more than the gap between two words.
LEAST_SILENCE_MS, MOST_SILENCE_MS = 200, 5_000
# In seconds.
LEAST_SILENCE, MOST_SILENCE = LEAST_SILENCE_MS / 1000, MOST_SILENCE_MS // 1000


@dataclass(frozen=True, slots=True)
class Endpointing:
    """What somebody wants to be other than it is set; None leaves it so. `EndpointSettings` says what each means."""

    threshold: Annotated[float, Meta(ge=LEAST_THRESHOLD, le=MOST_THRESHOLD)] | None = None
    prefix_ms: Annotated[int, Meta(ge=0, le=MOST_PREFIX_MS)] | None = None
    silence_ms: Annotated[int, Meta(ge=LEAST_SILENCE_MS, le=MOST_SILENCE_MS)] | None = None

    def merge(self, other: "Endpointing") -> "Endpointing":
        """This, and `other` where this says nothing."""
        return replace(other, **self._chosen())

    def apply(self, settings: EndpointSettings) -> EndpointSettings:
        """The settings with this in place of theirs."""
        return replace(settings, **self._chosen())

    def _chosen(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}
