"""Which words of the live text are stable: LocalAgreement-2, two successive decodes must say the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from .alignment import normalised, overlap_end
from .types import Word, join

# Nobody speaks three words that fast. A model that has come to the end of the sound and goes on inventing squeezes what
# it invents into the last moments: measured, four of five words that a final took back were such words.
_MOST_CHARACTERS_PER_SECOND = 45
_TOGETHER = 3


@dataclass(frozen=True, slots=True)
class Tail:
    """The live text of one utterance. Stable words never change; tentative ones follow them and may."""

    stable_words: tuple[Word, ...] = ()
    tentative_words: tuple[Word, ...] = ()

    @property
    def stable(self) -> str:
        return join(self.stable_words)

    @property
    def tentative(self) -> str:
        return join(self.tentative_words)


class Agreement:
    """The live text of one utterance, from its first decode to its last.

    Words whose end is less than `margin_ms` before the end of the sound stay tentative, for they may be cut in two,
    and so do words that come faster than anybody speaks.
    """

    def __init__(self, *, margin_ms: int = 200) -> None:
        self._margin_ms = margin_ms
        self._stable: tuple[Word, ...] = ()
        self._tentative: tuple[Word, ...] = ()

    @property
    def tail(self) -> Tail:
        return Tail(self._stable, self._tentative)

    def update(self, words: Sequence[Word], *, audio_end_ms: int) -> Tail:
        """Takes a decode of the utterance as far as it is known; all times count from the same origin."""
        rest = tuple(words[overlap_end(self._stable, words) :])
        settled_ms = audio_end_ms - self._margin_ms
        agreed = 0
        for index, (word, before) in enumerate(zip(rest, self._tentative, strict=False)):
            if normalised(word.text) != normalised(before.text) or word.end_ms > settled_ms:
                break
            if _is_squeezed(rest[index : index + _TOGETHER]):
                break
            agreed += 1
        self._stable += rest[:agreed]
        self._tentative = rest[agreed:]
        return self.tail

    def force(self) -> Tail:
        """Makes every word stable: nothing more is said that could change them."""
        self._stable += self._tentative
        self._tentative = ()
        return self.tail

    def kept_by(self, words: Sequence[Word]) -> bool:
        """Whether a final decode begins with the stable words, so that nothing shown as stable is corrected."""
        stable = [normalised(word.text) for word in self._stable]
        return [normalised(word.text) for word in words[: len(stable)]] == stable


def _is_squeezed(words: Sequence[Word]) -> bool:
    characters = sum(len(word.text) for word in words)
    return characters * 1000 > _MOST_CHARACTERS_PER_SECOND * (words[-1].end_ms - words[0].start_ms)
