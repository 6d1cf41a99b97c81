"""Which words of a hypothesis are stable: LocalAgreement, with a margin that grows with doubt."""

from collections.abc import Sequence
from dataclasses import dataclass

from .alignment import normalised
from .types import Word


@dataclass(frozen=True, slots=True)
class AgreementSettings:
    """How long a word must stay the same, and how far it must lie behind the end of the sound, to be stable."""

    apart_ms: int = 150
    """Two decodes must say it, of sound that ends so far apart: the same mistake is easily made twice of the same."""
    sure_margin_ms: int = 300
    """A word that the model is sure of must end so long before the sound does, or it may be cut in two."""
    doubt_margin_ms: int = 1_200
    """A word that it doubts. In between the margin falls in a straight line."""
    sure: float = 0.9
    """The probability from which on a word counts as sure."""
    doubt: float = 0.45
    """The probability up to which it counts as doubted."""

    def margin_ms(self, probability: float) -> int:
        certainty = (probability - self.doubt) / (self.sure - self.doubt)
        certainty = min(max(certainty, 0.0), 1.0)
        return round(self.doubt_margin_ms + certainty * (self.sure_margin_ms - self.doubt_margin_ms))


class Agreement:
    """The words behind those that are stable, from decode to decode."""

    def __init__(self, settings: AgreementSettings | None = None) -> None:
        self._settings = settings or AgreementSettings()
        self.tentative: tuple[Word, ...] = ()
        # Where the sound ended when each of them was first said.
        self._since_ms: tuple[int, ...] = ()

    def update(self, words: Sequence[Word], *, audio_end_ms: int, hold: bool = False) -> tuple[Word, ...]:
        """Takes what a decode of sound up to `audio_end_ms` says behind the stable words.

        Returns those of the words that have become stable, with `hold` none; the others are `tentative`.
        """
        same = 0
        while same < min(len(words), len(self.tentative)) and (
            normalised(words[same].text) == normalised(self.tentative[same].text)
        ):
            same += 1
        since_ms = self._since_ms[:same] + (audio_end_ms,) * (len(words) - same)
        agreed = 0
        while not hold and agreed < same and self._is_settled(words[agreed], since_ms[agreed], audio_end_ms):
            agreed += 1
        self.tentative, self._since_ms = tuple(words[agreed:]), since_ms[agreed:]
        return tuple(words[:agreed])

    def clear(self) -> None:
        """Nothing is tentative any more."""
        self.tentative, self._since_ms = (), ()

    def _is_settled(self, word: Word, since_ms: int, audio_end_ms: int) -> bool:
        return (
            audio_end_ms - since_ms >= self._settings.apart_ms
            and audio_end_ms - word.end_ms >= self._settings.margin_ms(word.probability)
        )
