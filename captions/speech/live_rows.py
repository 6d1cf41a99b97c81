"""The sentences of a session: the one that is being said, and those that are done and wait for their marks."""

import uuid
from collections.abc import Callable, Mapping, Sequence

from .closed_rows import ClosedRows, marks_request
from .endpointing import Endpointer
from .live_events import Output, Partial, Request, Row
from .live_settings import LiveSettings
from .open_row import OpenRow
from .types import Word, join


class LiveRows:
    """Words in, rows out. What is done in `language` is given out in its order."""

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
        self._closed = ClosedRows(endpointer, settings, new_key)
        # What is unclear behind the last word: a decode that hears more may still hear it.
        self.unclear: list[Word] = []
        # Up to here the open sentence was heard as a whole.
        self._written_ms = start_ms

    @property
    def key(self) -> uuid.UUID:
        """Of the open sentence."""
        return self._open.key

    @property
    def words(self) -> Sequence[Word]:
        """The stable words of the open sentence, the last without its mark."""
        return self._open.words

    @property
    def last(self) -> Word:
        """The last of them with its mark. Raises IndexError where there is none."""
        return self._open.last

    def last_before(self, word: Word) -> Word:
        """The same as it is written where that word goes on with the sentence."""
        return self._open.last_before(word)

    @property
    def waiting(self) -> bool:
        """Whether sentences that are done wait for their marks."""
        return bool(self._closed)

    @property
    def start_ms(self) -> int | None:
        """Where the first sentence begins that is not given out; None where there is none."""
        if self._closed:
            return self._closed.start_ms
        return self._open.words[0].start_ms if self._open.words else None

    def mark(self, text: str) -> None:
        """What now seems to stand behind the last word."""
        self._open.mark(text)

    def ends_before(self, word: Word) -> bool:
        """Whether the word begins another sentence."""
        return self._open.ends_before(word, self._endpointer.settings.silence_ms)

    def append(self, word: Word) -> Word:
        """The next word of the open sentence; returns it as it stands there, without its mark."""
        return self._open.append(word)

    def insert(self, word: Word) -> bool:
        """Puts a word that was left out before others of the open sentence; False where none comes after it."""
        words = self._open.words
        if not words or word.start_ms >= words[-1].start_ms:
            return False
        self._open.insert(word)
        return True

    def move(self, moved: Mapping[int, Word]) -> None:
        """The words of the open sentence that began at these times were spoken when those were."""
        self._open.move(moved)

    def wait(self, unclear: Word) -> None:
        """What is unclear behind the last word belongs to the sentence once a word behind it does."""
        self.unclear.append(unclear)

    def said_in(self, word: Word) -> int | None:
        """Nothing of what waits and in which the word was said is unclear any more; where that began."""
        middle_ms = (word.start_ms + word.end_ms) // 2
        said = [each for each in self.unclear if each.start_ms <= middle_ms < each.end_ms]
        self.unclear = [each for each in self.unclear if each not in said]
        return min((each.start_ms for each in said), default=None)

    def unclear_before(self, word: Word | None) -> list[Word]:
        """What waited and is before a word, or with None all of it: it waits no more."""
        before = [each for each in self.unclear if word is None or each.start_ms < word.start_ms]
        self.unclear = [each for each in self.unclear if each not in before]
        return before

    def is_late(self, word: Word) -> bool:
        """Whether most of it was said before the open sentence could begin."""
        return word.start_ms + word.end_ms < 2 * self._open.since_ms

    def late(self, words: tuple[Word, ...]) -> list[Output]:
        """Words whose sentence is done are a row of their own."""
        key = self._new_key()
        return [
            Partial(key, words[0].start_ms, join(words), ""),
            Row(key, words, self.language, words[-1].end_ms),
        ]

    def close(self, settled_ms: int) -> list[Output]:
        """The open sentence is done, if there is one; up to `settled_ms` all is said."""
        return self._push(self._open.close(self.language, settled_ms))

    def show(self, tentative: tuple[Word, ...], now_ms: int) -> list[Output]:
        """What the page is to show now, where that is something else."""
        return self._open.show((*self.unclear, *tentative), now_ms)

    def waits_since(self, at_ms: int) -> bool:
        """Whether a sentence that was done by then waits."""
        return self._closed.waits_since(at_ms)

    def request(self, now_ms: int) -> Request | None:
        """The first that waits is to be heard as a whole, or the open one, if it is long and somebody has paused."""
        waiting = self._closed.request(now_ms)
        words = self._open.words
        if waiting or not words or now_ms - self._endpointer.voice_end_ms < self._settings.marks_silence_ms:
            return waiting
        if words[-1].end_ms - max(words[0].start_ms, self._written_ms) < self._settings.marks_ms:
            return None
        self._written_ms = words[-1].end_ms
        return marks_request(self._open.key, words, self._settings, now_ms)

    def write(self, key: uuid.UUID, decoded: tuple[Word, ...]) -> list[Output]:
        """Takes how that sentence is written when it is heard as a whole; it may turn out to be several."""
        if key != self._open.key:
            return self._closed.take(key, decoded)
        return self._push(self._open.write(decoded, self.language, self._endpointer.settings.silence_ms))

    def _push(self, closed: list[Output]) -> list[Output]:
        """The same without the rows that wait to be heard as a whole, if they were not while they were open."""
        outputs: list[Output] = []
        for output in closed:
            if isinstance(output, Row):
                is_written = output.words[-1].end_ms <= self._written_ms
                outputs += self._closed.push(output, is_written=is_written)
            else:
                outputs.append(output)
        return outputs
