"""Where the words of a session go that is not kept: nowhere, so that they are told and forgotten."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from ...transcripts.final_writer import FinalRecord, SessionUpdate


class Store(Protocol):
    """What a session needs of a final writer: see `FinalWriter`."""

    def submit(self, record: FinalRecord) -> None: ...
    def touch(self, update: SessionUpdate) -> None: ...


class NoStore:
    """Numbers the finals of one session, and reports each to `saved` as soon as its caller is done."""

    def __init__(self, saved: Callable[[FinalRecord, int], None]) -> None:
        self._saved = saved
        self._last_seq = 0

    def submit(self, record: FinalRecord) -> None:
        self._last_seq += 1
        asyncio.get_running_loop().call_soon(self._saved, record, self._last_seq)

    def touch(self, update: SessionUpdate) -> None:
        """Does nothing."""
