"""Our messages as server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

RETRY = "retry: 2000\n\n"
"""How long an EventSource waits before it connects again, in milliseconds."""
PADDING = f": {' ' * 2048}\n\n"
"""Makes old proxies pass on what they would collect."""
HEARTBEAT = ": \n\n"

_POSITION = re.compile(r"(\d{1,9})(?:\.(\d{1,9})(\.end)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Position:
    """How far a reader has the text: all finals up to `seq`, in this `revision`, and the `end` if there was one.

    It is the id of an event, such as "3.1". An EventSource knows only its last one, and after a correction of an
    earlier sentence that must not be the number of that. So the second part counts corrections: it is 1 as long as all
    sentences up to `seq` have their first version. None: the reader did not say.
    """

    seq: int = 0
    revision: int | None = 1
    ended: bool = False

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The position in the id of an event, or in the number of a final alone; None if it is neither."""
        found = _POSITION.fullmatch(text.strip())
        if found is None:
            return None
        return cls(int(found[1]), int(found[2]) if found[2] else None, bool(found[3]))

    def __str__(self) -> str:
        return f"{self.seq}.{self.revision or 1}{'.end' if self.ended else ''}"


class Shown:
    """What a reader has: drops what comes twice, and notices what is missing.

    `versions` are those of sentences up to `seq` that are above 1.
    """

    def __init__(self, seq: int = 0, versions: Mapping[int, int] | None = None) -> None:
        self._seq = seq
        self._versions = dict(versions or {})
        self._revision = 1 + sum(version - 1 for version in self._versions.values())

    @property
    def position(self) -> Position:
        return Position(self._seq, self._revision)

    @property
    def seq(self) -> int:
        """All finals up to this one were sent."""
        return self._seq

    def lacks(self, seq: int) -> bool:
        """Whether finals before this one were not sent, so that it has to wait for them."""
        return seq > self._seq + 1

    def version(self, seq: int) -> int:
        """The version that the reader has; 0 for none."""
        return self._versions.get(seq, 1) if seq <= self._seq else 0

    def take(self, message: Mapping[str, Any]) -> str | None:
        """The event for a final that does not lack any before it; None if the reader has it."""
        seq, version = message["seq"], message["version"]
        known = self.version(seq)
        if version <= known:
            return None
        self._revision += version - max(known, 1)
        if version > 1:
            self._versions[seq] = version
        self._seq = max(self._seq, seq)
        return event("change" if known else "final", message, self.position)


def event(name: str, message: Mapping[str, Any], position: Position | None = None) -> str:
    """One event, its data the message as JSON on one line; without a position a resume is not affected by it."""
    head = f"event: {name}\n" + (f"id: {position}\n" if position else "")
    return f"{head}data: {json.dumps(message, ensure_ascii=False, separators=(',', ':'))}\n\n"


def end(reason: str, position: Position | None = None) -> str:
    """The last event. With a position, a client that connects again is told to stop by HTTP 204."""
    return event("end", {"type": "end", "reason": reason}, position and replace(position, ended=True))
