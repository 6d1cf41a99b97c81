"""The rows of a session: the open one, and those that are finished and wait for their punctuation."""

import uuid
from collections.abc import Callable, Mapping, Sequence

from .closed_rows import ClosedRows, marks_request
from .endpointing import Endpointer
from .live_events import Output, Partial, Request, Row
from .live_settings import LiveSettings
from .open_row import OpenRow
from .types import Word, join


class LiveRows:
    """Takes stable words and gives out finished rows, in order. `language` is the one of the open row."""

    def __init__(
        self,
        endpointer: Endpointer,
        settings: LiveSettings,
        new_key: Callable[[], uuid.UUID],
        *,
        start_ms: int,
    ) -> None:
        self.language = ""
        self._endpointer = endpointer
        self._settings = settings
        self._new_key = new_key
        self._open = OpenRow(settings.read_ms, new_key, start_ms=start_ms)
        self._first_ms = start_ms
        self._closed = ClosedRows(endpointer, settings, new_key, start_ms=start_ms)
        # `[unclear]` after the last stable word: a later decode may still find words there.
        self.unclear: list[Word] = []
        # Up to here the open row was decoded for its punctuation.
        self._written_ms = start_ms

    @property
    def key(self) -> uuid.UUID:
        """The key of the open row."""
        return self._open.key

    @property
    def words(self) -> Sequence[Word]:
        """The stable words of the open row, the last without its punctuation."""
        return self._open.words

    @property
    def last(self) -> Word:
        """The last of them with its punctuation. Raises IndexError if there is none."""
        return self._open.last

    def last_before(self, word: Word) -> Word:
        """The last of them as it is written if `word` continues the sentence. Raises IndexError if there is none."""
        return self._open.last_before(word)

    @property
    def waiting(self) -> bool:
        """Whether finished rows wait for their punctuation."""
        return bool(self._closed)

    @property
    def start_ms(self) -> int | None:
        """Start of the first row that is not given out yet; None if there is none."""
        if self._closed:
            return self._closed.start_ms
        return self._open.words[0].start_ms if self._open.words else None

    def mark(self, text: str) -> None:
        """Sets the punctuation after the last word, which may change until the next word is appended."""
        self._open.mark(text)

    def ends_before(self, word: Word) -> bool:
        """Whether the word begins another sentence."""
        return self._open.ends_before(word, self._endpointer.settings.silence_ms)

    def append(self, word: Word) -> Word:
        """Appends a word to the open row; returns it as the row has it, without its punctuation."""
        return self._open.append(word)

    def insert(self, word: Word) -> bool:
        """Inserts a word before later ones of the open row; returns False, and does nothing, if none is later."""
        words = self._open.words
        if not words or word.start_ms >= words[-1].start_ms:
            return False
        self._open.insert(word)
        return True

    def move(self, moved: Mapping[int, Word]) -> None:
        """Gives words of the open row the times of others: keys are their present `start_ms`."""
        self._open.move(moved)

    def wait(self, unclear: Word) -> None:
        """Keeps an `[unclear]` after the last word until a word after it becomes stable."""
        self.unclear.append(unclear)

    def unclear_since(self, word: Word) -> int | None:
        """Drops every waiting `[unclear]` around the middle of `word`; returns the earliest start, None if none was."""
        middle_ms = (word.start_ms + word.end_ms) // 2
        covering = [each for each in self.unclear if each.start_ms <= middle_ms < each.end_ms]
        self.unclear = [each for each in self.unclear if each not in covering]
        return min((each.start_ms for each in covering), default=None)

    def unclear_before(self, word: Word | None) -> list[Word]:
        """Removes and returns every waiting `[unclear]` before a word; with None all of them."""
        before = [each for each in self.unclear if word is None or each.start_ms < word.start_ms]
        self.unclear = [each for each in self.unclear if each not in before]
        return before

    def is_late(self, word: Word) -> bool:
        """Whether most of the word lies before the end of the last finished row."""
        return word.start_ms + word.end_ms < 2 * self._open.since_ms

    def late(self, words: tuple[Word, ...]) -> list[Output]:
        """Gives out words that came too late for their row as a row of their own."""
        key = self._new_key()
        return [
            Partial(key, words[0].start_ms, join(words), ""),
            Row(key, words, self.language, words[-1].end_ms),
        ]

    def close(self, settled_ms: int) -> list[Output]:
        """Finishes the open row if it has words; `settled_ms` is the one of `Row`."""
        return self._push(self._open.close(self.language, settled_ms))

    def show(self, tentative: tuple[Word, ...], now_ms: int) -> list[Output]:
        """What the page is to show now; nothing if that has not changed."""
        return self._open.show((*self.unclear, *tentative), now_ms)

    def waits_since(self, at_ms: int) -> bool:
        """Whether a row waits that had ended by then."""
        return self._closed.waits_since(at_ms)

    def request(self, now_ms: int) -> Request | None:
        """Asks for a decode for punctuation: of the first row that waits, or of a long open one in a pause."""
        waiting = self._closed.request(now_ms)
        words = self._open.words
        if waiting or not words or now_ms - self._endpointer.voice_end_ms < self._settings.marks_silence_ms:
            return waiting
        if words[-1].end_ms - max(words[0].start_ms, self._written_ms) < self._settings.marks_ms:
            return None
        self._written_ms = words[-1].end_ms
        return marks_request(self._open.key, words, self._settings, self._first_ms, now_ms)

    def write(self, key: uuid.UUID, decoded: tuple[Word, ...]) -> list[Output]:
        """Takes the decode for the punctuation of the row with that key, which may divide it into several rows."""
        if key != self._open.key:
            return self._closed.take(key, decoded)
        return self._push(self._open.write(decoded, self.language, self._endpointer.settings.silence_ms))

    def _push(self, closed: list[Output]) -> list[Output]:
        """Puts finished rows into the queue for their punctuation; returns what can be given out now."""
        outputs: list[Output] = []
        for output in closed:
            if isinstance(output, Row):
                is_written = output.words[-1].end_ms <= self._written_ms
                outputs += self._closed.push(output, is_written=is_written)
            else:
                outputs.append(output)
        return outputs
