"""A `SoundStream` that the test speaks for: what was pushed into it, and what it tells."""

import asyncio
from typing import Any, ClassVar, Self

from captions.models import ApiToken
from captions.protocol import messages
from captions.protocol.feed_frames import Listen
from captions.speech.ring import Samples


class Stream:
    opened: ClassVar[list["Stream"]] = []
    refusal: ClassVar[Exception | None] = None

    def __init__(self, token: ApiToken, listen: Listen, *, kept: bool) -> None:
        self.token, self.kept = token, kept
        self.listens = [listen]
        self.samples = 0
        self.flushes = 0
        self.has_ended = self.is_closed = False
        self.changed = asyncio.Event()
        self._told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    @classmethod
    async def open(cls, token: ApiToken, listen: Listen, *, kept: bool, title: str = "") -> Self:
        if cls.refusal is not None:
            raise cls.refusal
        stream = cls(token, listen, kept=kept)
        cls.opened.append(stream)
        return stream

    def tell(self, *told: dict[str, Any]) -> None:
        for each in told:
            self._told.put_nowait(each)

    async def until_closed(self) -> None:
        async with asyncio.timeout(60):
            while not self.is_closed:
                await self.changed.wait()
                self.changed.clear()

    async def push(self, samples: Samples) -> None:
        self.samples += samples.size
        self.changed.set()

    async def listen(self, listen: Listen) -> None:
        self.listens.append(listen)

    async def flush(self) -> int:
        self.flushes += 1
        self.tell({"type": "flushed", "number": self.flushes})
        return self.flushes

    async def end(self) -> None:
        self.has_ended = True

    async def close(self) -> None:
        self.is_closed = True
        self.changed.set()

    async def __aiter__(self) -> Any:
        while True:
            told = await self._told.get()
            yield told
            if (told["type"] == "media" and told["state"] == "ended") or told.get("code") == "worker_lost":
                return


def ended(reason: str) -> dict[str, Any]:
    return messages.media("ended", gen=1, clock_ms=0, reason=reason)
