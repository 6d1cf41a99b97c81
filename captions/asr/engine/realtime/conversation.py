"""A conversation with a Realtime service over one line: sound goes there, and the text of what is committed comes."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from ....core.cancellation import cancel_and_wait
from ..base import EngineError
from ..openai.answer import Answer
from ..openai.refusals import away, event_refusal
from ..openai.service import Service
from .events import COMMIT, Wish, session_update
from .ledger import Ledger
from .line import Line, Samples


class Conversation:
    """Every method but `close` raises EngineError once it is lost. `on_news` is called when something was told."""

    def __init__(self, service: Service, line: Line, on_news: Callable[[], None] = lambda: None) -> None:
        self.lost: EngineError | None = None
        """Why nothing comes any more."""
        self._host = service.host
        self._line = line
        self._on_news = on_news
        self._ledger = Ledger()
        self._wish: Wish | None = None
        self._news = asyncio.Event()
        self._reading = asyncio.create_task(self._read(), name="realtime-events")

    @classmethod
    async def begin(
        cls,
        service: Service,
        line: Line,
        wish: Wish,
        seconds: float,
        on_news: Callable[[], None] = lambda: None,
    ) -> Self:
        """Begins one over an open line, which it closes in the end."""
        conversation = cls(service, line, on_news)
        try:
            await conversation._until(lambda: conversation._ledger.is_begun, seconds)
            await conversation.adapt(wish, seconds)
        except BaseException:
            await conversation.close()
            raise
        return conversation

    @property
    def draft(self) -> str:
        """The text of the sound since the last answer, as far as it was told."""
        return self._ledger.draft

    @property
    def sent_ms(self) -> int:
        return self._line.sent_ms

    async def adapt(self, wish: Wish, seconds: float) -> None:
        """Tells what is wished of the sound that follows, unless that was told."""
        if wish == self._wish:
            return
        self._ledger.is_agreed = False
        is_beta, as_media = self._ledger.is_beta, self._line.as_media
        await self._line.say(session_update(wish, is_beta=is_beta, as_media=as_media))
        await self._until(lambda: self._ledger.is_agreed, seconds)
        self._wish = wish

    async def push(self, samples: Samples) -> None:
        if self.lost is not None:
            raise self.lost
        await self._line.push(samples)

    async def commit(self) -> None:
        """Ends an item; its `answer` must be taken before the next one is ended."""
        await self._line.settle()
        self._ledger.commit()
        await self._line.say(COMMIT)

    async def answer(self, seconds: float) -> Answer:
        """The answer to the commit."""
        await self._until(lambda: self._ledger.is_done, seconds)
        return self._ledger.answer()

    async def close(self) -> None:
        await cancel_and_wait([self._reading])
        with suppress(EngineError):
            await self._line.close()

    async def _until(self, is_so: Callable[[], bool], seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not is_so():
                    if self.lost is not None:
                        raise self.lost
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise away(self._host) from None

    async def _read(self) -> None:
        try:
            while True:
                fault = self._ledger.take(await self._line.hear())
                if fault is not None:
                    raise event_refusal(self._host, fault.code, fault.kind)
                self._tell()
        except EngineError as error:
            self.lost = error
            self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._on_news()
