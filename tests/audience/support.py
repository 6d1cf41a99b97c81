"""Reads a stream of events as an EventSource does."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from captions.models import Utterance
from captions.transcripts.finals import as_messages

WAIT_SECONDS = 60


@dataclass(frozen=True)
class Event:
    name: str
    id: str
    data: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.name} {self.id}".strip()


def parse(block: str) -> Event | None:
    """The event in what stands before an empty line; None for a comment."""
    fields = dict(line.split(": ", 1) for line in block.splitlines() if line and line[0] != ":")
    if "data" not in fields:
        return None
    return Event(fields["event"], fields.get("id", ""), json.loads(fields["data"]))


class Reading:
    """The answer to a request for a stream."""

    def __init__(self, response: Any) -> None:
        self.response = response
        self.status = response.status_code
        self.raw = ""
        self._chunks = aiter(response.streaming_content) if response.streaming else None

    async def next(self, *names: str) -> Event:
        """The next event with one of these names, or of any name."""
        assert self._chunks
        async with asyncio.timeout(WAIT_SECONDS):
            async for chunk in self._chunks:
                self.raw += chunk.decode()
                event = parse(chunk.decode())
                if event and (not names or event.name in names):
                    return event
        raise EOFError(self.raw)

    async def all(self) -> list[Event]:
        """All events until the stream ends."""
        found = []
        try:
            while True:
                found.append(await self.next())
        except EOFError:
            return found

    async def finals(self, count: int) -> list[str]:
        """The ids and names of the next so many finals and changes."""
        return [str(await self.next("final", "change")) for _ in range(count)]

    async def close(self) -> None:
        if self._chunks:
            # Django leaves that to the garbage collection.
            await self.response._iterator.aclose()


def message_of(row: Utterance) -> dict[str, Any]:
    """The final of a row, as its audio worker publishes it."""
    return as_messages([row])[0]
