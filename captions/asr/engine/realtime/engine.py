"""The engine: each sound is one conversation over a socket of its own.

So what one person said is never the context in which another one is heard.
"""

import asyncio
import threading
from collections.abc import Coroutine
from functools import partial
from typing import Any, TypeVar

from ....speech.types import SAMPLE_RATE
from ..base import Task
from ..openai.answer import Answer
from ..openai.engine import OpenAiEngine
from ..openai.refusals import away
from ..openai.remote import RemoteEngine, Samples, attempts_of_files, attempts_of_speech
from ..openai.service import Service
from ..openai.trying import Attempts, RefusedFormError, Sent
from .conversation import Conversation
from .events import Wish, wish_of
from .socket_line import SocketLine

T = TypeVar("T")


class RealtimeEngine(RemoteEngine):
    """Threads share it. `hops` is as for `OpenAiEngine`, which translates: the Realtime API cannot."""

    def __init__(self, service: Service, attempts: Attempts, *, hops: int = 0) -> None:
        super().__init__(service, hops=hops)
        self._attempts = attempts
        self._forms = OpenAiEngine(service, attempts, hops=hops)
        self._loop = _LoopThread()
        self._closing: set[asyncio.Task[None]] = set()
        self._is_bare = False

    def ask(self, sound: Samples, task: Task, hops: int) -> Sent:
        """Tells the service what to expect, unless it has refused to hear that."""
        if task.translate:
            return self._forms.ask(sound, task, hops)
        is_bare = self._is_bare
        while True:
            wish = wish_of(self.name, task, bare=is_bare)
            try:
                sent = self._attempts.run(len(sound) / SAMPLE_RATE, partial(self._try, sound, wish, hops))
            except RefusedFormError:
                if is_bare or wish == wish_of(self.name, task, bare=True):
                    raise
                is_bare = True
            else:
                self._is_bare = is_bare
                return sent

    def _try(self, sound: Samples, wish: Wish, hops: int, until: float) -> Answer:
        seconds = self._attempts.first_byte_seconds(len(sound) / SAMPLE_RATE, until)
        return self._loop.run(self._converse(sound, wish, hops, seconds))

    async def _converse(self, sound: Samples, wish: Wish, hops: int, seconds: float) -> Answer:
        """Raises EngineError."""
        try:
            async with asyncio.timeout(seconds):
                line = await SocketLine.open(self._service, hops)
                conversation = await Conversation.begin(self._service, line, wish, seconds)
                try:
                    await conversation.push(sound)
                    await conversation.commit()
                    return await conversation.answer(seconds)
                finally:
                    # The other side may take its time.
                    closing = asyncio.create_task(conversation.close())
                    self._closing.add(closing)
                    closing.add_done_callback(self._closing.discard)
        except TimeoutError:
            raise away(self._service.host) from None


def live_engine(service: Service) -> RealtimeEngine:
    """For those who speak now."""
    return RealtimeEngine(service, attempts_of_speech(service))


def file_engine(service: Service, hops: int = 0) -> RealtimeEngine:
    """For files."""
    return RealtimeEngine(service, attempts_of_files(service), hops=hops)


class _LoopThread:
    """An event loop in a thread of its own, which begins when it is first needed and ends with the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, daemon=True, name="realtime").start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
