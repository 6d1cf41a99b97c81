"""Transcribes a file for a leased job: applies the settings, renews the lease, and retries once."""

import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass

import structlog
from django.conf import settings

from .. import metrics
from ..asr.engine.base import EngineError
from ..asr.offline.decoder import About, DecodeRequest
from ..asr.offline.listener import Ended, Progress, listen
from ..asr.offline.transcriber import OfflineJob
from ..models.leased_job import LeasedJob
from ..models.shared_clock import shared_now
from ..protocol.endpointing import Endpointing
from ..speech.origin import NO_ORIGIN, Origin
from ..speech.passage import Passage
from ..speech.turns import Turn as VoiceTurn
from ..speech.turns import told_apart
from .speech_settings import endpoint_settings, engine_choice, wanted_speakers
from .turns import Turn

log = structlog.get_logger(__name__)

OnPassage = Callable[[Passage], None]


@dataclass(frozen=True, slots=True)
class Transcription:
    """The transcription of a file."""

    passages: list[Passage]
    duration_ms: int
    missing_ms: int
    """How much of the sound could not be read."""
    broke_off: bool
    """Whether nobody knows how much there is after the end that could be read."""
    about: About
    origin: Origin = NO_ORIGIN
    undivided: tuple[Passage, ...] = ()
    """The passages as they were before they were divided by voices."""
    turns: tuple[VoiceTurn, ...] = ()
    """When each voice speaks; none where they were not told apart."""
    voices: int = 0
    """How many voices its passages are of; 0 where they were not told apart."""
    untold: str = ""
    """A sentence that says why they were not, though that was wanted."""


def offline_job(
    file: DecodeRequest,
    *,
    endpointing: Endpointing,
    language: str,
    vocabulary: Iterable[str],
    model: str = "",
    prompt: str = "",
    translate: bool = False,
    answers: str = "",
    hops: int = 0,
    tell_speakers: bool = False,
) -> OfflineJob:
    """The job of transcribing a file: the given options, completed with the server's settings.

    An empty `language` means the server's language or, if that is empty too, detection; an empty `model` means the
    server's model.
    """
    choice = engine_choice(model)
    return OfflineJob(
        file=file,
        model=choice.model,
        endpoints=endpointing.apply(endpoint_settings()),
        language=language or settings.WHISPER_LANGUAGE,
        hotwords=tuple(vocabulary),
        prompt=prompt,
        translate=translate,
        answers=answers,
        compute_type=choice.compute_type,
        cpu_threads=choice.cpu_threads,
        service=choice.service,
        hops=hops,
        speakers=wanted_speakers() if tell_speakers else None,
    )


def transcribe(
    job: LeasedJob,
    file: OfflineJob,
    *,
    tries: int = 2,
    part: tuple[int, int] = (0, 1),
    on_passage: OnPassage = lambda passage: None,
    turn: Turn | None = None,
) -> Transcription:
    """Transcribes the file, and saves the progress in `job` about every second, which renews its lease.

    What goes wrong with the model by chance is tried again, `tries` times in all. `part` is the number of the file,
    from 0, and how many files of the same length the job has: the progress is that of all. `on_passage` is called with
    each passage when it is found; those of a try that failed come again, and of a turn that was given away. Where
    voices are told apart, all of them come at the end.

    Raises MediaError, EngineError, OSError, LeaseLostError when another process has claimed the job, and GivesWayError
    when its `turn` is over.
    """
    for _ in range(tries - 1):
        try:
            return _transcribe(job, file, part, on_passage, turn)
        except EngineError as error:
            if not error.retryable:
                raise
            log.warning("transcription_retried", kind=job._meta.model_name, job=str(job.pk), error=str(error))
    return _transcribe(job, file, part, on_passage, turn)


def _transcribe(
    job: LeasedJob, file: OfflineJob, part: tuple[int, int], on_passage: OnPassage, turn: Turn | None
) -> Transcription:
    job.begin(shared_now())
    passages: list[Passage] = []
    with closing(listen(file)) as events:
        for event in events:
            match event:
                case Passage():
                    passages.append(event)
                    if file.speakers is None:
                        on_passage(event)
                case Progress():
                    number, files = part
                    heard_ms = (number * event.duration_ms + event.heard_ms) // files
                    job.progress(shared_now(), heard_ms, event.duration_ms)
                    if turn is not None:
                        turn.check(time.monotonic(), event.heard_ms)
                case Ended(origin=origin):
                    _note(job, origin)
                    if event.untold:
                        log.warning(
                            "speakers_not_told_apart",
                            kind=job._meta.model_name,
                            job=str(job.pk),
                            why=event.why,
                        )
                    said, voices = told_apart(passages, event.turns)
                    if file.speakers is not None:
                        for passage in said:
                            on_passage(passage)
                    return Transcription(
                        said,
                        event.duration_ms,
                        event.missing_ms,
                        event.broke_off,
                        event.about,
                        origin,
                        tuple(passages),
                        event.turns,
                        voices,
                        event.untold,
                    )
    raise EngineError("The listening ended without an end.")


def _note(job: LeasedJob, origin: Origin) -> None:
    metrics.REMOTE_SECONDS.inc(origin.sent_ms / 1000)
    if origin.fell_back:
        log.warning("engine_fell_back", kind=job._meta.model_name, job=str(job.pk), reason=origin.fell_back)
