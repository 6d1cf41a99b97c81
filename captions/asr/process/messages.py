"""What the audio worker and its recogniser process say to each other, through `asr.ipc`.

The worker says `Load` once, and the process answers with any number of `Loading`, then `Ready` or `Failed`. Then the
worker asks, each `Question` under an id of its own, which its `Reply` repeats; several may be open.
"""

import numpy as np
from msgspec.msgpack import Decoder

from ...speech.capacity import Cost, Slots
from ...speech.types import Hypothesis
from ..engine.base import Request, Task, Wanted
from ..engine.openai.service import Service
from ..ipc import Failed, Message


class Load(Message, frozen=True):
    """`RecogniserConfig` says what each means."""

    model: Wanted
    compute_type: str
    cpu_threads: int
    parallel: int
    calibrate: bool
    language: str
    service: Service | None = None


class Decode(Message, frozen=True):
    """What is to be heard; `samples` are int16, mono at 16 kHz."""

    task: Task
    samples: memoryview

    def request(self) -> Request:
        return Request(
            np.frombuffer(self.samples, np.int16).astype(np.float32) / np.float32(32768), self.task
        )


class Rehearse(Message, frozen=True):
    """Decode so much speech, to have it timed."""

    seconds: float


class Question(Message, frozen=True):
    id: int
    question: Decode | Rehearse


class Loading(Message, frozen=True):
    """`RecogniserState` says what each means."""

    message: str
    model: str
    done: int = 0
    total: int = 0


class Ready(Message, frozen=True):
    """The model is loaded. `only_language` is empty where it knows several, `costs` where none were measured."""

    model: str
    device: str
    only_language: str
    slots: Slots
    costs: tuple[Cost, ...]
    rss_mb: int


class Decoded(Message, frozen=True):
    """What was heard, and how long that took."""

    hypothesis: Hypothesis
    seconds: float


class Rehearsed(Message, frozen=True):
    seconds: float


class Reply(Message, frozen=True):
    """The answer to the question with that id, and the memory of the process since."""

    id: int
    rss_mb: int
    answer: Decoded | Rehearsed | Failed


ToChild = Load | Question
FromChild = Loading | Ready | Failed | Reply
TO_CHILD: Decoder[ToChild] = Decoder(ToChild)
FROM_CHILD: Decoder[FromChild] = Decoder(FromChild)
