"""What an application has not taken yet of the messages of a socket."""

from collections import deque


class Backlog:
    """Counts the messages that wait, by their sizes in bytes. It is full from `most_messages` or `most_bytes` on."""

    def __init__(self, most_messages: int, most_bytes: int) -> None:
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._sizes: deque[int] = deque()
        self._bytes = 0

    def add(self, size: int) -> None:
        self._sizes.append(size)
        self._bytes += size

    def left(self, waiting: int) -> None:
        """Reports that `waiting` messages are left, and the older ones taken."""
        while len(self._sizes) > waiting:
            self._bytes -= self._sizes.popleft()

    def is_full(self) -> bool:
        return len(self._sizes) >= self._most_messages or self._bytes >= self._most_bytes
