"""What the launcher and the roles say, line by line on standard output."""

import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

LAUNCHER = "whisperstream"

# Codes of ANSI terminals: cyan, yellow, green, magenta, red, blue.
_COLOURS = (36, 33, 32, 35, 31, 34)


class Output:
    """Puts the time and the speaker's name in front of every line, in a colour where a terminal shows it."""

    def __init__(self, roles: Sequence[str]) -> None:
        names = [LAUNCHER, *roles]
        self._width = max(map(len, names))
        self._colours = {name: _COLOURS[i % len(_COLOURS)] for i, name in enumerate(names)}
        self._lock = threading.Lock()

    def say(self, sentence: str) -> None:
        """Prints what the launcher itself has to say."""
        self.write(LAUNCHER, sentence.encode())

    def write(self, name: str, text: bytes) -> None:
        prefix = f"{datetime.now():%H:%M:%S} {name:{self._width}} | "
        if sys.stdout.isatty():
            prefix = f"\033[0m\033[{self._colours[name]}m{prefix}\033[0m"
        # Bytes, because what a role says need not be text in the terminal's encoding; and a terminal that was closed
        # must not keep anything from being stopped.
        with self._lock, suppress(OSError):
            for line in text.splitlines():
                sys.stdout.buffer.write(prefix.encode() + line + b"\n")
            sys.stdout.buffer.flush()
