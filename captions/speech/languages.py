"""Which language is spoken, stretch by stretch, while nobody has chosen one. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a model thinks of a stretch with so much voice: the probability of each language."""

    voice_ms: int
    probabilities: Mapping[str, float]


class Languages:
    """Never locked, and never led astray by a short answer.

    Another language is taken up where `least_ms` of voice at least are in it by `sure`, and hardly in the one before.
    What is shorter or less certain is in the language of what came before it; at the beginning, of what comes.
    """

    def __init__(self, *, least_ms: int = 2_500, sure: float = 0.6, hardly: float = 0.2) -> None:
        self._least_ms = least_ms
        self._sure = sure
        self._hardly = hardly
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
        for stretch in stretches:
            likeliest = max(
                stretch.probabilities, key=stretch.probabilities.__getitem__, default=self._current
            )
            if (
                stretch.voice_ms >= self._least_ms
                and stretch.probabilities.get(likeliest, 0.0) >= self._sure
                and stretch.probabilities.get(self._current, 0.0) <= self._hardly
            ):
                self._current = likeliest
            found.append(self._current)
        return found

    def _first(self, stretches: Sequence[Evidence]) -> str:
        """What the first stretch that is long enough is in; where none is, what is likeliest of all together."""
        enough = next((each for each in stretches if each.voice_ms >= self._least_ms), None)
        votes: dict[str, float] = {}
        for each in [enough] if enough else stretches:
            for language, probability in each.probabilities.items():
                votes[language] = votes.get(language, 0.0) + each.voice_ms * probability
        return max(votes, key=votes.__getitem__, default="")
