"""Counts words that leave the page after they were shown long enough to be read."""

from collections import Counter
from collections.abc import Sequence

from .alignment import normalised
from .types import Word


class Seen:
    """The words of the open sentence that the page shows, and since when. Times are milliseconds of the session."""

    def __init__(self, read_ms: int) -> None:
        self._read_ms = read_ms
        self._shown: list[tuple[str, int]] = []

    def update(self, words: Sequence[Word], now_ms: int) -> int:
        """Takes the words shown now; returns how many that were shown for `read_ms` or longer are gone."""
        texts = [normalised(word.text) for word in words]
        left = Counter(texts)
        gone = 0
        since: dict[str, list[int]] = {}
        for text, since_ms in self._shown:
            if left[text] > 0:
                left[text] -= 1
                since.setdefault(text, []).append(since_ms)
            elif now_ms - since_ms >= self._read_ms:
                gone += 1
        self._shown = [(text, since[text].pop(0) if since.get(text) else now_ms) for text in texts]
        return gone

    def forget(self, words: int) -> None:
        """Drops the first words: their sentence is finished."""
        del self._shown[:words]
