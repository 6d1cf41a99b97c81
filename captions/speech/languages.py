"""Which language is spoken, stretch by stretch, while nobody has chosen one. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a model thinks of a stretch with so much voice: the probability of each language."""

    voice_ms: int
    probabilities: Mapping[str, float]


LEAST_MS = 2_500
_SURE = 0.6
_HARDLY = 0.2


def after(evidence: Evidence, current: str) -> str:
    """The language of a stretch that follows one in the `current` language.

    Another one is taken up where enough voice is in it for certain, and hardly in the one before.
    """
    likeliest = max(evidence.probabilities, key=evidence.probabilities.__getitem__, default=current)
    is_another = (
        evidence.voice_ms >= LEAST_MS
        and evidence.probabilities.get(likeliest, 0.0) >= _SURE
        and evidence.probabilities.get(current, 0.0) <= _HARDLY
    )
    return likeliest if is_another else current


class Languages:
    """Never locked, and never led astray by a short answer.

    What is short or not certain is in the language of what came before it; at the beginning, of what comes.
    """

    def __init__(self) -> None:
        self._current = ""

    @property
    def current(self) -> str:
        """The language of the last stretch; empty before the first."""
        return self._current

    def push(self, stretches: Sequence[Evidence]) -> list[str]:
        """The language of each of some stretches that follow each other."""
        if not self._current and stretches:
            self._current = self._first(stretches)
        found: list[str] = []
        for evidence in stretches:
            self._current = after(evidence, self._current)
            found.append(self._current)
        return found

    def _first(self, stretches: Sequence[Evidence]) -> str:
        """What the first stretch that is long enough is in; where none is, what is likeliest of all together."""
        enough = next((each for each in stretches if each.voice_ms >= LEAST_MS), None)
        votes: dict[str, float] = {}
        for each in [enough] if enough else stretches:
            for language, probability in each.probabilities.items():
                votes[language] = votes.get(language, 0.0) + each.voice_ms * probability
        return max(votes, key=votes.__getitem__, default="")
