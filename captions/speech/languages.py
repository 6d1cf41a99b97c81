"""Which language each part of the speech is in, while the language is detected. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a model detected in one part of the speech."""

    voice_ms: int
    """Milliseconds of voice in it."""
    probabilities: Mapping[str, float]
    """The probability, 0 to 1, of each language code."""


# Voice that another language needs to be taken up: detection in less is unreliable.
LEAST_MS = 2_500
_SURE = 0.6
_HARDLY = 0.2


def after(evidence: Evidence, current: str) -> str:
    """The language of a part that follows one in the `current` language.

    It is another one only if there is enough voice, that language is probable and the current one is improbable.
    """
    likeliest = max(evidence.probabilities, key=evidence.probabilities.__getitem__, default=current)
    is_another = (
        evidence.voice_ms >= LEAST_MS
        and evidence.probabilities.get(likeliest, 0.0) >= _SURE
        and evidence.probabilities.get(current, 0.0) <= _HARDLY
    )
    return likeliest if is_another else current


class Languages:
    """Follows the language from part to part.

    A part that is short or ambiguous is in the language of the part before it; at the beginning, of the one after it.
    """

    def __init__(self) -> None:
        self._current = ""

    @property
    def current(self) -> str:
        """The language code of the last part; empty before the first."""
        return self._current

    def push(self, phrases: Sequence[Evidence]) -> list[str]:
        """The language code of each of these successive parts."""
        if not self._current and phrases:
            self._current = self._first(phrases)
        found: list[str] = []
        for evidence in phrases:
            self._current = after(evidence, self._current)
            found.append(self._current)
        return found

    def _first(self, phrases: Sequence[Evidence]) -> str:
        """The language of the first part that is long enough; if none is, the likeliest of all parts together."""
        enough = next((each for each in phrases if each.voice_ms >= LEAST_MS), None)
        votes: dict[str, float] = {}
        for each in [enough] if enough else phrases:
            for language, probability in each.probabilities.items():
                votes[language] = votes.get(language, 0.0) + each.voice_ms * probability
        return max(votes, key=votes.__getitem__, default="")
