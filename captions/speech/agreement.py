"""Which words of a hypothesis are stable: LocalAgreement-2, with a margin that grows with the model's doubt.

After Macháček, Dabre and Bojar, "Turning Whisper into Real-Time Transcription System" (2023): a word is stable once two
successive decodes agree on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from .alignment import normalised
from .types import Word


@dataclass(frozen=True, slots=True)
class AgreementSettings:
    """When a word counts as stable. Larger times make words stable later, and wrong less often."""

    apart_ms: int = 150
    """Sound, in milliseconds, that the second of two agreeing decodes must have beyond the first: decodes of nearly
    the same sound make the same mistake."""
    sure_margin_ms: int = 300
    """Sound, in milliseconds, that must follow a word whose probability is `sure` or higher, so that the word is
    not one that was cut off."""
    doubt_margin_ms: int = 1_200
    """Sound, in milliseconds, that must follow a word whose probability is `doubt` or lower."""
    sure: float = 0.9
    """Word probability, 0 to 1, from which on `sure_margin_ms` applies."""
    doubt: float = 0.45
    """Word probability, 0 to 1, up to which `doubt_margin_ms` applies."""

    def margin_ms(self, probability: float) -> int:
        """Sound that must follow a word with that probability: linear between the two margins."""
        certainty = (probability - self.doubt) / (self.sure - self.doubt)
        certainty = min(max(certainty, 0.0), 1.0)
        return round(self.doubt_margin_ms + certainty * (self.sure_margin_ms - self.doubt_margin_ms))


class Agreement:
    """Compares the words that successive decodes of one window find after its stable words."""

    def __init__(self, settings: AgreementSettings | None = None) -> None:
        self._settings = settings or AgreementSettings()
        self.tentative: tuple[Word, ...] = ()
        # Where the sound of the first decode with each of them ended.
        self._since_ms: tuple[int, ...] = ()

    def update(self, words: Sequence[Word], *, audio_end_ms: int, hold: bool = False) -> tuple[Word, ...]:
        """Takes the `words` after the stable ones from a decode of sound that ends at `audio_end_ms`.

        Returns the words, from the first on, that have become stable; with `hold` none do. The rest is `tentative`.
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
        """Forgets the tentative words."""
        self.tentative, self._since_ms = (), ()

    def _is_settled(self, word: Word, since_ms: int, audio_end_ms: int) -> bool:
        return (
            audio_end_ms - since_ms >= self._settings.apart_ms
            and audio_end_ms - word.end_ms >= self._settings.margin_ms(word.probability)
        )
