"""How a transcriber has decoded what `speech.live_text` asks for: by a recogniser, each time the whole sound."""

from typing import Protocol

from ...asr.engine.base import Task
from ...speech.listener import Listener
from ...speech.live_events import Request
from ...speech.ring import Samples
from ...speech.types import Hypothesis


class Recognises(Protocol):
    """What a transcriber needs of a recogniser: see `Recogniser.decode`."""

    async def decode(
        self, session: str, audio: Samples, task: Task, *, urgent: bool = False
    ) -> Hypothesis | None: ...
    def be_patient(self, session: str, patient: bool) -> None: ...


class Hearing(Protocol):
    def follow(self, since_ms: int | None, task: Task) -> None:
        """Somebody speaks, since then; None if nobody does. Never waits.

        `task` is how sound is to be decoded of which nothing else is known.
        """
        ...

    def be_patient(self, patient: bool) -> None:
        """Sets whether the sound comes faster than it is spoken, and so can wait for that of others."""
        ...

    async def decode(self, request: Request, task: Task) -> Hypothesis | None:
        """Decodes what is asked for; None if there is nothing to say. Raises EngineError, RingError.

        One request at a time.
        """
        ...

    async def close(self) -> None: ...


class ByDecodes:
    """Has each request decoded by itself, in the queue with that name."""

    def __init__(self, name: str, listener: Listener, recogniser: Recognises) -> None:
        self._name = name
        self._listener = listener
        self._recogniser = recogniser

    def follow(self, since_ms: int | None, task: Task) -> None:
        pass

    def be_patient(self, patient: bool) -> None:
        self._recogniser.be_patient(self._name, patient)

    async def decode(self, request: Request, task: Task) -> Hypothesis | None:
        audio = self._listener.audio(request.start_ms, request.end_ms)
        return await self._recogniser.decode(self._name, audio, task, urgent=request.urgent)

    async def close(self) -> None:
        pass
