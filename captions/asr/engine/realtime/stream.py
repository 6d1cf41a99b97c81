"""The sound of one source on its way to a service while somebody speaks, and its text as it comes."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import numpy as np

from ....core.cancellation import cancel_and_wait
from ....speech.types import SAMPLES_PER_MS
from ..base import EngineError, Task
from ..openai.answer import Answer
from ..openai.budget import Budget, budget_of
from ..openai.circuit import Circuit
from ..openai.refusals import away
from ..openai.remote import SHORT_PATIENCE
from ..openai.service import Service
from ..openai.trying import CONNECT_SECONDS, FIRST_BYTE_SECONDS, RefusedFormError
from .conversation import Conversation
from .events import LEAST_MS, Wish, wish_of
from .line import Line, Samples
from .socket_line import SocketLine

OpenLine = Callable[[Service, int], Awaitable[Line]]

# Sound that was not sent by then comes too late to be worth more than a decode of all of it.
_MOST_UNSENT_MS = 12_000
# So much is counted at once, before it is sent.
_COUNTED_MS = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class _Commit:
    sent: "asyncio.Future[None]"


class Stream:
    """Opens its line at once; what is pushed before that waits."""

    def __init__(self, service: Service, open_line: OpenLine, budget: Budget | None, *, hops: int) -> None:
        self._lost: EngineError | None = None
        self._service = service
        self._open_line = open_line
        self._budget = budget
        self._hops = hops
        self._counted_ms = self._told_ms = 0
        self._steps: asyncio.Queue[Wish | _Commit | Samples] = asyncio.Queue()
        self._unsent_ms = 0
        self._new_ms = 0
        self._conversation: Conversation | None = None
        self._working = asyncio.create_task(self._work(), name="realtime-stream")

    @property
    def lost(self) -> EngineError | None:
        """Why nothing comes any more."""
        return self._lost or (self._conversation.lost if self._conversation else None)

    @property
    def draft(self) -> str:
        """The text since the last answer, as far as it was told."""
        return self._conversation.draft if self._conversation else ""

    def take_sent_ms(self) -> int:
        """The milliseconds of sound that were sent since the last call."""
        sent_ms = self._conversation.sent_ms if self._conversation else 0
        told_ms, self._told_ms = self._told_ms, sent_ms
        return sent_ms - told_ms

    def adapt(self, wish: Wish) -> None:
        """Sets what the service is told of the sound from here on; never waits."""
        self._steps.put_nowait(wish)

    def push(self, samples: Samples) -> None:
        """Takes sound, mono int16 at 16 kHz, shape (n,); never waits."""
        length_ms = samples.size // SAMPLES_PER_MS
        self._unsent_ms += length_ms
        self._new_ms += length_ms
        if self._unsent_ms > _MOST_UNSENT_MS:
            self._lose(away(self._service.host))
        elif self.lost is None:
            self._steps.put_nowait(samples)

    async def commit(self) -> Answer:
        """The text of all sound that was pushed since the last call. Raises EngineError."""
        if self._new_ms < LEAST_MS:
            self.push(np.zeros(LEAST_MS * SAMPLES_PER_MS, np.int16))
        seconds, self._new_ms = self._new_ms / 1000, 0
        if self.lost is not None:
            raise self.lost
        commit = _Commit(asyncio.get_running_loop().create_future())
        self._steps.put_nowait(commit)
        # What is sent as media takes as long as it is.
        patience = (SHORT_PATIENCE if self._service.falls_back else FIRST_BYTE_SECONDS) + seconds
        try:
            async with asyncio.timeout(patience):
                await commit.sent
        except TimeoutError:
            raise away(self._service.host) from None
        assert self._conversation is not None
        return await self._conversation.answer(patience)

    async def close(self) -> None:
        await cancel_and_wait([self._working])
        if self._conversation is not None:
            await self._conversation.close()

    async def _work(self) -> None:
        try:
            wish = await self._steps.get()
            assert isinstance(wish, Wish)
            line = await self._open_line(self._service, self._hops)
            self._conversation = await Conversation.begin(self._service, line, wish, CONNECT_SECONDS)
            while True:
                await self._take(self._conversation, await self._steps.get())
        except EngineError as error:
            self._lose(error)

    async def _take(self, conversation: Conversation, step: Wish | _Commit | Samples) -> None:
        """Raises EngineError."""
        if isinstance(step, Wish):
            await conversation.adapt(step, CONNECT_SECONDS)
        elif isinstance(step, _Commit):
            await conversation.commit()
            if not step.sent.done():
                step.sent.set_result(None)
        else:
            await self._count(conversation.sent_ms + step.size // SAMPLES_PER_MS)
            await conversation.push(step)
            self._unsent_ms -= step.size // SAMPLES_PER_MS

    async def _count(self, until_ms: int) -> None:
        """Counts what is about to be sent. Raises EngineError if it is too much for today."""
        if self._budget is not None and (missing_ms := until_ms - self._counted_ms) > 0:
            # In advance, so that this is done once for many pieces.
            missing_ms = math.ceil(missing_ms / _COUNTED_MS) * _COUNTED_MS
            await asyncio.to_thread(self._budget.take, missing_ms / 1000)
            self._counted_ms += missing_ms

    def _lose(self, error: EngineError) -> None:
        self._lost = error = self.lost or error
        while not self._steps.empty():
            step = self._steps.get_nowait()
            if isinstance(step, _Commit) and not step.sent.done():
                step.sent.set_exception(error)


def streams_of(service: Service) -> "Streams":
    """With the kind of line that the service is to have live speech by."""
    if service.speaks == "realtime":
        return Streams(service)
    # Only now: not every process that speaks with a service needs WebRTC.
    from .call_line import CallLine

    return Streams(service, CallLine.open)


class Streams:
    """Makes the streams of one process to one service, which is left alone for a while after several were lost.

    `open_line` is for sound that comes as fast as it is spoken; other sound goes over WebSockets, as fast as it can.
    """

    def __init__(
        self,
        service: Service,
        open_line: OpenLine = SocketLine.open,
        *,
        circuit: Circuit | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.service = service
        self._open_line = open_line
        self._budget = budget_of(service)
        self._circuit = circuit or Circuit()
        self._now = now
        self._is_bare = False

    def open(self, task: Task, *, is_live: bool = True) -> Stream | None:
        """A stream for sound that is to be decoded like that; None while nothing is to be sent.

        Sound that `is_live` comes as fast as it is spoken.
        """
        if not self._circuit.lets_through(self._now()):
            return None
        open_line = self._open_line if is_live else SocketLine.open
        stream = Stream(self.service, open_line, self._budget, hops=task.hops + 1)
        stream.adapt(self.wish(task))
        return stream

    def wish(self, task: Task) -> Wish:
        return wish_of(self.service.model, task, bare=self._is_bare)

    def worked(self) -> None:
        """A stream has answered."""
        self._circuit.worked()

    def failed(self, error: EngineError) -> None:
        """A stream was lost."""
        if isinstance(error, RefusedFormError) and not self._is_bare:
            self._is_bare = True
        else:
            self._circuit.failed(self._now())
