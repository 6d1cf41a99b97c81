"""From words to rows: a row is a sentence, wherever the windows end that its words were heard in. Pure."""

from collections.abc import Sequence

from ...speech.coverage import is_unclear, unclear, uncovered
from ...speech.passage import Passage
from ...speech.sentences import ends_sentence, sentences
from ...speech.types import TimeRange, Word, certainty, join

# Longer noises than that are no part of a sentence.
_LONGEST_UNCLEAR_MS = 8_000


class Rows:
    """Takes words in order; keeps back the last sentence, which may go on. Silence of `silence_ms` ends one, too.

    Where somebody spoke within a sentence and no word came of it, it says `[unclear]`: nobody shall think that nothing
    was said. Between sentences it may as well have been a noise.
    """

    def __init__(self, silence_ms: int) -> None:
        self._silence_ms = silence_ms
        self._words: tuple[Word, ...] = ()
        self._voice: tuple[TimeRange, ...] = ()
        self._language = ""

    def push(self, words: Sequence[Word], voice: Sequence[TimeRange], language: str) -> list[Passage]:
        """The rows that are whole now. `voice` is where somebody spoke, from the last word before on."""
        rows = self.flush() if language != self._language else []
        self._language = language
        self._voice += tuple(voice)
        *whole, last = sentences(self._with_unclear((*self._words, *words)), self._silence_ms) or [()]
        rows += [self._row(each) for each in whole]
        self._words = last
        since_ms = last[-1].end_ms if last else 0
        self._voice = tuple(each for each in self._voice if each.end_ms > since_ms) if last else ()
        return rows

    def flush(self) -> list[Passage]:
        """What is kept back."""
        rows = [self._row(self._words)] if self._words else []
        self._words, self._voice = (), ()
        return rows

    def _with_unclear(self, words: tuple[Word, ...]) -> tuple[Word, ...]:
        """The words, and what stands for those that nobody could hear."""
        if not words:
            return ()
        voice = [
            TimeRange(max(each.start_ms, words[0].start_ms), min(each.end_ms, words[-1].end_ms))
            for each in self._voice
            if each.overlap_ms(words[0].start_ms, words[-1].end_ms)
        ]
        unheard = [unclear(each) for each in uncovered(voice, words) if each.length_ms <= _LONGEST_UNCLEAR_MS]
        found: list[Word] = []
        for word in sorted([*words, *unheard], key=lambda each: each.start_ms):
            if not (is_unclear(word) and found and ends_sentence(found[-1].text)):
                found.append(word)
        return tuple(found)

    def _row(self, words: tuple[Word, ...]) -> Passage:
        return Passage(
            start_ms=words[0].start_ms,
            end_ms=words[-1].end_ms,
            text=join(words),
            words=words,
            confidence=certainty(words),
            language=self._language,
        )
