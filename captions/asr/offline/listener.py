"""What is said in a file, heard in a process of its own that takes the model with it when it ends."""

from collections.abc import Generator
from dataclasses import dataclass
from time import monotonic

from ...speech.origin import NO_ORIGIN, Origin
from ...speech.passage import Passage
from ...speech.turns import Turn
from ..engine.base import EngineError
from ..ipc import Child, EndedError, Failed, IpcError
from . import transcriber
from .decoder import About
from .media_error import Unreadable
from .transcriber import FROM_TRANSCRIBER, Done, FoundPassage, OfflineJob, Transcribed

# A model may have to be fetched first; beyond that something always comes.
_PATIENCE_SECONDS = 1800.0
_TICK_SECONDS = 1.0


_ABOUT = About()


@dataclass(frozen=True, slots=True)
class Progress:
    """Everything up to `heard_ms` is decoded, of `duration_ms`; 0 means that nobody knows how long it is."""

    heard_ms: int
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Ended:
    """All was heard; the sound was so long, and so much of it could not be read.

    `broke_off` says that nobody knows how much there is after the end. `turns` say who spoke when, if that was wanted,
    or `untold` is a sentence that says why not, and `why` another one for the operator.
    """

    duration_ms: int
    missing_ms: int = 0
    broke_off: bool = False
    about: About = _ABOUT
    origin: Origin = NO_ORIGIN
    turns: tuple[Turn, ...] = ()
    untold: str = ""
    why: str = ""


def listen(job: OfflineJob) -> Generator[Passage | Progress | Ended, None, None]:
    """Passages in order, and the progress at least every second or so, at last `Ended`.

    Whoever closes it early ends the work. Raises MediaError, EngineError, and OSError where no process can be started.
    """
    child = Child(transcriber.__name__, job, FROM_TRANSCRIBER)
    about, progress = _ABOUT, Progress(0, 0)
    patient_until = monotonic() + _PATIENCE_SECONDS
    reported_at = 0.0
    try:
        while True:
            message = child.receive(_TICK_SECONDS)
            if message is None:
                if monotonic() > patient_until:
                    raise EngineError("The speech model stands still. Look at the machine.", retryable=True)
                yield progress
                continue
            patient_until = monotonic() + _PATIENCE_SECONDS
            match message:
                case About():
                    about = message
                    progress = Progress(0, round((message.seconds or 0) * 1000))
                case Transcribed(ms):
                    progress = Progress(ms, progress.duration_ms)
                    # It comes for every second of sound.
                    if monotonic() - reported_at >= _TICK_SECONDS:
                        reported_at = monotonic()
                        yield progress
                case FoundPassage(passage):
                    yield passage
                case Done(duration_ms, missing_ms, broke_off, origin, turns, untold, why):
                    yield Ended(duration_ms, missing_ms, broke_off, about, origin, turns, untold, why)
                    return
                case Unreadable() | Failed():
                    raise message.error()
    except EndedError as error:
        raise EngineError(
            "The process that listens to files ended. Perhaps it had not enough memory.", retryable=True
        ) from error
    except IpcError as error:
        raise EngineError(f"The process that listens to files was not understood. {error}") from error
    finally:
        child.close()
