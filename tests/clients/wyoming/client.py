"""A Wyoming client that writes and reads frames by hand, as Home Assistant does."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

from tests.speech_data import Pcm

WAIT_SECONDS = 60
FORMAT: dict[str, Any] = {"rate": 16_000, "width": 2, "channels": 1}
# Samples; Home Assistant sends this many at a time.
_PIECE = 1_024


def frame(kind: str, payload: bytes = b"", **data: Any) -> bytes:
    """An event as the library writes it: its data after the line."""
    body = json.dumps(data).encode() if data else b""
    line: dict[str, Any] = {"type": kind, "version": "1.10.2"}
    if body:
        line["data_length"] = len(body)
    if payload:
        line["payload_length"] = len(payload)
    return json.dumps(line).encode() + b"\n" + body + payload


class WyomingClient:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    @classmethod
    @asynccontextmanager
    async def connected(cls, port: int) -> AsyncIterator[Self]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield cls(reader, writer)
        finally:
            writer.close()

    async def send(self, kind: str, payload: bytes = b"", **data: Any) -> None:
        self.writer.write(frame(kind, payload, **data))
        await self.writer.drain()

    async def dictate(self, sound: Pcm, language: str | None = None, pause_seconds: float = 0.0) -> None:
        """Everything that Home Assistant sends for one recording; a pause after each piece makes it real time."""
        wish: dict[str, Any] = {"language": language} if language else {}
        await self.send("transcribe", **wish)
        await self.send("audio-start", **FORMAT, timestamp=None)
        await self.dictate_rest(sound, pause_seconds)

    async def dictate_rest(self, sound: Pcm, pause_seconds: float = 0.0) -> None:
        """All that follows its start."""
        for start in range(0, sound.size, _PIECE):
            payload = sound[start : start + _PIECE].astype("<i2").tobytes()
            await self.send("audio-chunk", payload, **FORMAT, timestamp=None)
            await asyncio.sleep(pause_seconds)
        await self.send("audio-stop", timestamp=None)

    async def heard(self) -> tuple[str, dict[str, Any]] | None:
        """The next event; None at the end."""
        async with asyncio.timeout(WAIT_SECONDS):
            line = await self._reader.readline()
            if not line:
                return None
            head = json.loads(line)
            data = await self._reader.readexactly(head.get("data_length", 0))
            return head["type"], json.loads(data) if data else {}

    async def all_heard(self) -> list[tuple[str, dict[str, Any]]]:
        events = []
        while (event := await self.heard()) is not None:
            events.append(event)
        return events

    async def error(self) -> dict[str, Any]:
        """That with which the server ends the connection."""
        *_before, (kind, data) = await self.all_heard()
        assert kind == "error", (kind, data)
        return data
