"""What is said in a file, heard in a process of its own that takes the model with it when it ends."""

import json
from collections.abc import Generator
from dataclasses import dataclass
from time import monotonic

from ...speech.passage import Passage
from ..engine.base import EngineError
from . import transcriber
from .frames import Child, EndedError
from .media_error import MediaError
from .transcriber import OfflineJob

# A model may have to be fetched first; beyond that something always comes.
_PATIENCE_SECONDS = 1800.0
_TICK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Everything up to `heard_ms` is decoded; 0 of `duration_ms` means that nobody knows how long it is."""

    heard_ms: int
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Ended:
    """All was heard; the sound was so long, and so much of it could not be read."""

    duration_ms: int
    missing_ms: int = 0


def listen(job: OfflineJob) -> Generator[Passage | Progress | Ended, None, None]:
    """Passages in order, and the progress at least every second or so, at last `Ended`.

    Whoever closes it early ends the work. Raises MediaError, EngineError, and OSError where no process can be started.
    """
    child = Child(transcriber.__name__, job.to_json())
    progress = Progress(0, 0)
    patient_until = monotonic() + _PATIENCE_SECONDS
    told = 0.0
    missing_ms = 0
    try:
        while True:
            frame = child.frame(_TICK_SECONDS)
            if frame is None:
                if monotonic() > patient_until:
                    raise EngineError("The speech model stands still. Look at the machine.", retryable=True)
                yield progress
                continue
            patient_until = monotonic() + _PATIENCE_SECONDS
            match frame.kind:
                case transcriber.LENGTH:
                    progress = Progress(0, frame.number)
                case transcriber.HEARD:
                    progress = Progress(frame.number, progress.duration_ms)
                    # It comes for every second of sound.
                    if monotonic() - told >= _TICK_SECONDS:
                        told = monotonic()
                        yield progress
                case transcriber.PASSAGE:
                    yield transcriber.passage_of(frame.body)
                case transcriber.MISSING:
                    missing_ms = frame.number
                case transcriber.DONE:
                    yield Ended(frame.number, missing_ms)
                    return
                case transcriber.UNHEARD:
                    raise MediaError.unpack(frame.body)
                case transcriber.FAILED:
                    raise EngineError(**json.loads(frame.body))
    except EndedError as error:
        raise EngineError(
            "The process that listens to files ended. Perhaps it had not enough memory.", retryable=True
        ) from error
    finally:
        child.close()
