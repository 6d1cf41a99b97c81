"""Which words of the live text are shown, and which of them are stable: LocalAgreement-2, over a stretch of sound."""

from collections.abc import Sequence
from dataclasses import dataclass

from .alignment import normalised, overlap_end
from .types import Word, join

# Nobody speaks three words that fast. A model that has come to the end of the sound and goes on inventing squeezes what
# it invents into the last moments: measured, four of five words that a final took back were such words. What is a
# little too fast is shown, but never stable; what is far too fast is not even shown. That halves the invented words on
# the page, and words come later by less than a tenth of a second.
_STABLE_CHARACTERS_PER_SECOND = 45
_SHOWN_CHARACTERS_PER_SECOND = 80
_TOGETHER = 3

# How probable a word has to be that `apart_ms` are enough for, and how much longer a doubtful one has to stay the same:
# `_DOUBTED_MS`, and `_LACKING_MS` for each point of probability that it lacks. Measured with the demo model over 1050
# words, finals take back one stable word so; with `apart_ms` for all of them, 21. The values were chosen on those same
# words, the best of some hundred and fifty tried, so that other speech will do a little worse.
_SURE = 0.8
_DOUBTED_MS = 1_000
_LACKING_MS = 2_000


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

    A word is stable when two decodes say it, of sound that ends `apart_ms` apart at least, and all between them: the
    same mistake is easily made twice of nearly the same sound. A doubtful word has to stay for longer. Words whose end
    is less than `margin_ms` before the end of the sound stay tentative, for they may be cut in two, and so do words
    that come faster than anybody speaks.
    """

    def __init__(self, *, margin_ms: int = 200, apart_ms: int = 200) -> None:
        self._margin_ms = margin_ms
        self._apart_ms = apart_ms
        self._stable: tuple[Word, ...] = ()
        # What the last decode said behind the stable words, and where the sound ended when each was first said there.
        self._heard: tuple[Word, ...] = ()
        self._since: tuple[int, ...] = ()
        self._shown = 0

    @property
    def tail(self) -> Tail:
        return Tail(self._stable, self._heard[: self._shown])

    def update(self, words: Sequence[Word], *, audio_end_ms: int) -> Tail:
        """Takes a decode of the utterance as far as it is known; all times count from the same origin."""
        rest = tuple(words[overlap_end(self._stable, words) :])
        same = _common_prefix(rest, self._heard)
        since = self._since[:same] + (audio_end_ms,) * (len(rest) - same)
        agreed = 0
        while agreed < same and self._is_settled(rest, agreed, audio_end_ms, since[agreed]):
            agreed += 1
        self._stable += rest[:agreed]
        self._heard, self._since = rest[agreed:], since[agreed:]
        self._shown = next(
            (
                index
                for index in range(len(self._heard))
                if _is_faster(self._heard, index, _SHOWN_CHARACTERS_PER_SECOND)
            ),
            len(self._heard),
        )
        return self.tail

    def force(self) -> Tail:
        """Makes every word that is shown stable: nothing more is said that could change them."""
        self._stable += self._heard[: self._shown]
        self._heard, self._since, self._shown = (), (), 0
        return self.tail

    def split(self, at_ms: int) -> "Agreement":
        """Parts with the tentative words that lie behind `at_ms`: the live text of the utterance that goes on there."""
        kept = next(
            (index for index, word in enumerate(self._heard) if word.start_ms + word.end_ms >= 2 * at_ms),
            len(self._heard),
        )
        rest = Agreement(margin_ms=self._margin_ms, apart_ms=self._apart_ms)
        rest._heard, rest._since = self._heard[kept:], self._since[kept:]
        rest._shown = max(0, self._shown - kept)
        self._heard, self._since = self._heard[:kept], self._since[:kept]
        self._shown = min(self._shown, kept)
        return rest

    def kept_by(self, words: Sequence[Word]) -> bool:
        """Whether a final decode begins with the stable words, so that nothing shown as stable is corrected."""
        stable = [normalised(word.text) for word in self._stable]
        return [normalised(word.text) for word in words[: len(stable)]] == stable

    def _apart_for(self, word: Word) -> int:
        """How long this word has to stay the same, in ms of sound."""
        lacking = _SURE - word.probability
        if lacking <= 0:
            return self._apart_ms
        return max(self._apart_ms, _DOUBTED_MS + round(_LACKING_MS * lacking))

    def _is_settled(self, words: Sequence[Word], index: int, audio_end_ms: int, since_ms: int) -> bool:
        return (
            audio_end_ms - since_ms >= self._apart_for(words[index])
            and words[index].end_ms <= audio_end_ms - self._margin_ms
            and not _is_faster(words, index, _STABLE_CHARACTERS_PER_SECOND)
        )


def _common_prefix(words: Sequence[Word], others: Sequence[Word]) -> int:
    same = 0
    while same < min(len(words), len(others)) and normalised(words[same].text) == normalised(
        others[same].text
    ):
        same += 1
    return same


def _is_faster(words: Sequence[Word], index: int, characters_per_second: int) -> bool:
    together = words[index : index + _TOGETHER]
    characters = sum(len(word.text) for word in together)
    return characters * 1000 > characters_per_second * (together[-1].end_ms - together[0].start_ms)
