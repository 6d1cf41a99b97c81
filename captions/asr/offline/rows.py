"""Groups the words of successive windows into rows: a row is a sentence, which may reach over windows. Pure."""

from collections.abc import Sequence

from ...speech.coverage import is_unclear, unclear, uncovered
from ...speech.passage import Passage
from ...speech.sentences import ends_sentence, sentences
from ...speech.types import TimeRange, Word, begun_behind, certainty, join

# A longer range without words is noise, not a part of a sentence.
_LONGEST_UNCLEAR_MS = 8_000


class Rows:
    """Takes words in order and gives out finished sentences. Silence of `silence_ms` ends a sentence too.

    Voice without words within a sentence becomes `[unclear]`, so that readers know that something was said. Between
    sentences it may be noise, and is left out.
    """

    def __init__(self, silence_ms: int) -> None:
        self._silence_ms = silence_ms
        self._words: tuple[Word, ...] = ()
        self._voice: tuple[TimeRange, ...] = ()
        self._language = ""
        self._ended_ms = 0

    def push(self, words: Sequence[Word], voice: Sequence[TimeRange], language: str) -> list[Passage]:
        """Takes the words of the next window; returns the rows that are finished, and keeps the last sentence.

        `voice` are the ranges of voice since the last word before.
        """
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
        """The sentence that was kept, as a row."""
        rows = [self._row(self._words)] if self._words else []
        self._words, self._voice = (), ()
        return rows

    def _with_unclear(self, words: tuple[Word, ...]) -> tuple[Word, ...]:
        """The words, with an `[unclear]` for each range of voice without words."""
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
        words = begun_behind(words, self._ended_ms)
        self._ended_ms = words[-1].end_ms
        return Passage(
            start_ms=words[0].start_ms,
            end_ms=words[-1].end_ms,
            text=join(words),
            words=words,
            confidence=certainty(words),
            language=self._language,
        )
