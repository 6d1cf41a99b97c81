"""The process that listens to a file: the speech model, and the voice detector. Nothing here needs Django.

Run as `python -m captions.asr.offline.transcriber`; it is given an `OfflineJob`. It ends with `Done`, `Unreadable`
or `Failed`.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from msgspec.msgpack import Decoder
from msgspec.structs import replace

from ...speech.endpointing import EndpointSettings
from ...speech.origin import NO_ORIGIN, Origin
from ...speech.passage import Passage
from ...speech.turns import Turn
from ...speech.types import Hypothesis
from ...speech.vad import VadError, VadModel
from ..engine.base import EngineError, Wanted
from ..engine.choice import EngineChoice, for_files
from ..engine.openai.service import Service
from ..ipc import Failed, Message, Parent
from ..speakers.engine import SpeakerError, WantedSpeakers
from ..speakers.telling import WholeSound
from .batched import BATCH, transcribe
from .bounded import BoundedSound
from .decoder import About, DecodeRequest
from .media_error import MediaError, Unreadable
from .remembered import remembered

# Those who speak now go first.
_NICENESS = 10


@dataclass(frozen=True, slots=True)
class OfflineJob:
    """A file, and how it is to be listened to; as for `LocalWhisper` where nothing else is said."""

    file: DecodeRequest
    model: Wanted
    endpoints: EndpointSettings
    language: str = ""
    hotwords: tuple[str, ...] = ()
    prompt: str = ""
    """Text before the sound."""
    translate: bool = False
    compute_type: str = ""
    cpu_threads: int = 0
    service: Service | None = None
    """What decodes instead of the model; see `RecogniserConfig`."""
    hops: int = 0
    """How many servers like this one have passed the file on."""
    batch: int = BATCH
    answers: str = ""
    """The file that remembers what the model said, so that the work can be left and gone on with; empty for none."""
    speakers: WantedSpeakers | None = None
    """How its voices are told apart, if that is wanted."""


class Transcribed(Message, frozen=True):
    """Everything is decoded up to this millisecond."""

    ms: int


class FoundPassage(Message, frozen=True):
    passage: Passage


class Done(Message, frozen=True):
    """The sound is over; it was so long, and so much of it could not be read. See `Ended`.

    `turns` say who spoke when, if that was wanted; `untold` is a sentence that says why not, and
    `why` another one for the operator.
    """

    duration_ms: int
    missing_ms: int
    broke_off: bool = False
    origin: Origin = NO_ORIGIN
    turns: tuple[Turn, ...] = ()
    untold: str = ""
    why: str = ""


FromTranscriber = About | Transcribed | FoundPassage | Done | Unreadable | Failed
FROM_TRANSCRIBER: Decoder[FromTranscriber] = Decoder(FromTranscriber)


def main(parent: Parent[OfflineJob]) -> None:
    with suppress(OSError):
        os.nice(_NICENESS)
    job = parent.receive()
    try:
        _work(job, parent)
    except MediaError as error:
        parent.send(Unreadable.of(error))
    except EngineError as error:
        parent.send(Failed.of(error))
    except VadError as error:
        parent.send(Failed(str(error), retryable=False))
    except OSError as error:
        # Of the memory: the sound is read by a process of its own.
        parent.send(Failed(f"Nothing can be written beside the file: {error.strerror}.", retryable=True))


def _work(job: OfflineJob, parent: Parent[OfflineJob]) -> None:
    """Raises MediaError, EngineError, VadError."""
    with BoundedSound(job.file) as media:
        parent.send(media.about)
        # Only now: this loads the inference library, and most files that cannot be read show it at once.
        chosen = for_files(
            EngineChoice(job.model, job.compute_type, job.cpu_threads, job.service, job.language),
            hops=job.hops,
        )
        engine = chosen.engine
        origin = NO_ORIGIN

        def count(hypothesis: Hypothesis) -> None:
            nonlocal origin
            origin += Origin.of(hypothesis)

        whole = WholeSound()
        passages = transcribe(
            whole.passing(media.sound()) if job.speakers else media.sound(),
            remembered(engine, Path(job.answers), chosen.identity) if job.answers else engine,
            VadModel(),
            job.endpoints,
            language=job.language,
            hotwords=job.hotwords,
            prompt=job.prompt,
            translate=job.translate,
            batch=job.batch,
            on_progress=lambda ms: parent.send(Transcribed(ms)),
            on_decoded=count,
        )
        for passage in passages:
            parent.send(FoundPassage(passage))
        duration_ms = round(media.position * 1000)
        done = Done(duration_ms, round(media.missing * 1000), media.broke_off, origin)
        if job.speakers:
            done = _told_apart(done, whole, job.speakers, lambda: parent.send(Transcribed(duration_ms)))
        parent.send(done)


def _told_apart(done: Done, whole: WholeSound, wanted: WantedSpeakers, alive: Callable[[], None]) -> Done:
    """Says also who speaks when, or why that is not known: the words are worth keeping without it."""
    try:
        return replace(done, turns=tuple(whole.turns(wanted, alive)))
    except SpeakerError as error:
        return replace(done, untold=error.text, why=error.why)


if __name__ == "__main__":
    main(Parent(Decoder(OfflineJob)))
