"""The open sentence: its stable words, and what the page shows of it."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from .continuation import part_mark
from .coverage import is_unclear
from .formatting import capitalised, formatted
from .live_events import Output, Partial, Row, Vanished
from .seen import Seen
from .sentences import ends_before, sentences, written_before
from .types import Word, begun_behind, join, moved_to

_BROKEN_OFF = ("..", "…", "-", "–", "—")


class OpenRow:
    """Grows by stable words. The punctuation after the last one may change until the next one is appended."""

    def __init__(self, read_ms: int, new_key: Callable[[], uuid.UUID], *, start_ms: int = 0) -> None:
        self.words: list[Word] = []
        # End of the last stable word. The next one may have been timed a little earlier by another decode.
        self._said_ms = start_ms
        self._since_ms = start_ms
        self._mark = ""
        self._new_key = new_key
        self._key = new_key()
        self._shown: Partial | None = None
        self._seen = Seen(read_ms)

    @property
    def last(self) -> Word:
        """The last word with its punctuation. Raises IndexError if there is none."""
        return replace(self.words[-1], text=self.words[-1].text + self._mark)

    def last_before(self, word: Word) -> Word:
        """The last word as it is written if `word` continues the sentence. Raises IndexError if there is none."""
        return replace(self.last, text=written_before(self.last.text, word.text))

    @property
    def since_ms(self) -> int:
        """The end of the sentence before it."""
        return self._since_ms

    def mark(self, text: str) -> None:
        """Sets the punctuation after the last word. Dots and dashes that mark where sound breaks off count as none."""
        if not (self.words and is_unclear(self.words[-1])):
            self._mark = "" if text.startswith(_BROKEN_OFF) else text

    def ends_before(self, word: Word, silence_ms: int) -> bool:
        """Whether the word begins another sentence."""
        return bool(self.words) and ends_before(self.last, word, silence_ms)

    @property
    def key(self) -> uuid.UUID:
        return self._key

    def append(self, word: Word) -> Word:
        """Appends a word; returns it as it is kept, without its punctuation and not before the end of the last one."""
        text = word.text
        if self.words:
            self.words[-1] = self.last_before(word)
        else:
            text = capitalised(text)
        start_ms = max(word.start_ms, self._said_ms)
        self._said_ms = max(word.end_ms, start_ms + 1)
        self.words.append(replace(word, start_ms=start_ms, end_ms=self._said_ms, text=text))
        self._part_mark()
        return self.words[-1]

    def write(self, decoded: Sequence[Word], language: str, silence_ms: int) -> list[Output]:
        """Takes capitals and punctuation from `decoded`; closes every sentence that then ends within the words."""
        if not self.words:
            return []
        *done, open_ = sentences(formatted((*self.words[:-1], self.last), decoded), silence_ms)
        outputs: list[Output] = []
        for words in done:
            self.words, self._mark = list(words), ""
            outputs += self.close(language, words[-1].end_ms)
        self.words = list(open_)
        self._part_mark()
        return outputs

    def _part_mark(self) -> None:
        """Moves the punctuation after the last word out of it."""
        last = self.words[-1]
        bare, mark = (last.text, "") if is_unclear(last) else part_mark(last.text)
        self.words[-1] = replace(last, text=bare)
        self._mark = ""
        self.mark(mark)

    def insert(self, word: Word) -> None:
        """Inserts a word at its time, but not after the last one."""
        at = sum(each.start_ms <= word.start_ms for each in self.words[:-1])
        self.words.insert(at, word if at else replace(word, text=capitalised(word.text)))

    def move(self, moved: Mapping[int, Word]) -> None:
        """Gives words the times of others: keys are their present `start_ms`."""
        self.words = moved_to(self.words, moved)
        self._said_ms = max(self._said_ms, self.words[-1].end_ms if self.words else 0)

    def close(self, language: str, settled_ms: int) -> list[Output]:
        """Finishes the sentence if it has words, and opens the next one."""
        if not self.words:
            return []
        words = begun_behind((*self.words[:-1], self.last), self._since_ms)
        partial, row = (
            Partial(self._key, words[0].start_ms, join(words), ""),
            Row(self._key, words, language, settled_ms),
        )
        self._seen.forget(len(_read(words)))
        self._since_ms = words[-1].end_ms
        self.words, self._mark, self._shown, self._key = [], "", None, self._new_key()
        return [partial, row]

    def show(self, tentative: tuple[Word, ...], now_ms: int) -> list[Output]:
        """What the page is to show now; nothing if that has not changed."""
        words = (*self.words, *tentative)
        if not words and self._shown is None:
            return []
        behind = "".join(word.text for word in tentative)
        text = self._mark + behind if self.words else behind
        start_ms = words[0].start_ms if words else self._shown.start_ms if self._shown else 0
        partial = Partial(self._key, start_ms, join(self.words), text.strip())
        if partial == self._shown:
            return []
        self._shown = partial if words else None
        vanished = self._seen.update(_read(words), now_ms)
        return [partial, Vanished(vanished)] if vanished else [partial]


def _read(words: Sequence[Word]) -> list[Word]:
    """The words without `[unclear]`."""
    return [word for word in words if not is_unclear(word)]
