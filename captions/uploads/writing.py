"""Writes down a file that somebody added: once, however often it is asked for."""

from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from ..asr.engine.base import EngineError
from ..asr.offline.decoder import DecodeRequest
from ..asr.offline.listener import Ended, Progress, listen
from ..asr.offline.media_error import MediaError
from ..asr.offline.transcriber import OfflineJob
from ..jobs.speech_settings import endpoint_settings, wanted_model
from ..models import Recording, Session, Upload
from ..models.session import SessionSource
from ..models.upload import DONE, FAILED, RECEIVING, WAITING, WORKING
from ..recordings import joining
from ..speech.passage import Passage
from ..transcripts.final_writer import FinalRecord
from ..transcripts.final_writer.saving import Rejected, save
from ..web.tags import clock
from .folder import UploadBusyError, UploadFolder, upload_folder

log = structlog.get_logger(__name__)

# A worker may be stopped in the middle; but a file that ends one worker after the other is left alone.
_MOST_ATTEMPTS = 3
# What went wrong with the model is tried once more.
_TRIES = 2
# Less than that at an end or a seam is in many a file that lacks nothing.
_WORTH_SAYING_MS = 1000

_BROKE_OFF = gettext_noop(
    "The server broke off this file %(count)s times. Nothing of it is written. Add it again, or a part of it."
)
_MODEL = gettext_noop(
    "The server’s speech model does not work at the moment. Nothing of this file is written. Add it again later."
)
_MISSING = gettext_noop("Written down. %(time)s of it could not be read.")
_GONE = gettext_noop("The file is no longer on the server. Add it again.")


class _UnwantedError(Exception):
    """The upload is gone, or somebody else has brought it to an end."""


def write(pk: UUID) -> None:
    """Brings an upload whose bytes are here to its end: its session is written, or its person is told what is wrong.

    It may be called twice, and at the same time; and again when it did not return. Raises AwayError when PostgreSQL
    is away.
    """
    folder = upload_folder()
    try:
        with folder.claimed(pk):
            _write(pk, folder)
    except UploadBusyError:
        return
    except FileNotFoundError:
        unfinished = Upload.objects.filter(pk=pk, state__in=(WAITING, WORKING))
        if unfinished.update(state=FAILED, message=_GONE, active_at=timezone.now()):
            log.error("upload_missing", upload=str(pk), folder=str(folder.folder))


def _write(pk: UUID, folder: UploadFolder) -> None:
    upload = Upload.objects.select_related("user").filter(pk=pk).first()
    if upload is not None and upload.state == RECEIVING:
        return
    if upload is not None and upload.state in (WAITING, WORKING):
        try:
            _transcribe(upload, folder)
        except _UnwantedError:
            upload = None
    if upload is not None and upload.state == DONE:
        _keep_sound(upload, folder)
    folder.remove(pk)


def _transcribe(upload: Upload, folder: UploadFolder) -> None:
    """Leaves the upload done or failed. Raises _UnwantedError."""
    if upload.attempts >= _MOST_ATTEMPTS:
        _fail(upload, _BROKE_OFF, count=upload.attempts)
        return
    for last in range(1, _TRIES + 1):
        _say(
            upload,
            state=WORKING,
            attempts=upload.attempts + (last == 1),
            started_at=timezone.now(),
            heard_ms=0,
        )
        try:
            passages, ended = _listen(upload, folder)
            _store(upload, passages, ended)
            return
        except MediaError as error:
            _fail(upload, error.text, **error.values)
            return
        except EngineError as error:
            log.error("upload_not_decoded", upload=str(upload.pk), error=str(error))
            if last == _TRIES or not error.retryable:
                _fail(upload, _MODEL)
                return


def _listen(upload: Upload, folder: UploadFolder) -> tuple[list[Passage], Ended]:
    """What is said in the file, and how it ended. Raises MediaError, EngineError, _UnwantedError."""
    passages: list[Passage] = []
    with closing(listen(_job(upload, folder))) as events:
        for event in events:
            match event:
                case Passage():
                    passages.append(event)
                case Progress():
                    _say(upload, heard_ms=event.heard_ms, duration_ms=event.duration_ms)
                case Ended():
                    return passages, event
    raise EngineError("The listening ended without an end.")


def _job(upload: Upload, folder: UploadFolder) -> OfflineJob:
    return OfflineJob(
        file=DecodeRequest(
            path=str(folder.file(upload.pk)),
            name=upload.name,
            most_seconds=settings.LIMIT_UPLOAD_SECONDS,
            opus=str(folder.opus(upload.pk)) if upload.keep_sound else "",
        ),
        model=wanted_model(),
        endpoints=upload.user.endpointing.apply(endpoint_settings()),
        language=upload.language or settings.WHISPER_LANGUAGE,
        hotwords=tuple(upload.user.vocabulary),
        compute_type=settings.WHISPER_COMPUTE_TYPE,
        cpu_threads=settings.WHISPER_CPU_THREADS,
    )


@transaction.atomic
def _store(upload: Upload, passages: list[Passage], ended: Ended) -> None:
    """The session with all that was said, and the upload done: both or neither. Raises _UnwantedError, AwayError."""
    now = timezone.now()
    row = Upload.objects.select_for_update().filter(pk=upload.pk, state=WORKING).first()
    if row is None:
        raise _UnwantedError
    session = Session.objects.create(
        user=upload.user,
        source=SessionSource.FILE,
        title=_title(upload.name),
        language=upload.language,
        keep_sound=upload.keep_sound,
        created_at=upload.created_at,
        active_at=now,
        ended_at=now,
        clock_ms=ended.duration_ms,
    )
    outcomes = save([FinalRecord.of(session.pk, passage) for passage in passages])
    refused = sum(isinstance(outcome, Rejected) for outcome in outcomes)
    if refused:
        log.error("upload_passages_refused", upload=str(upload.pk), count=refused)
    lacks = ended.missing_ms >= _WORTH_SAYING_MS
    _say(
        upload,
        state=DONE,
        session=session,
        heard_ms=ended.duration_ms,
        duration_ms=ended.duration_ms,
        message=_MISSING if lacks else "",
        message_values={"time": clock(ended.missing_ms)} if lacks else {},
    )
    log.info(
        "upload_written",
        upload=str(upload.pk),
        session=str(session.pk),
        duration_ms=ended.duration_ms,
        missing_ms=ended.missing_ms,
    )


def _keep_sound(upload: Upload, folder: UploadFolder) -> None:
    """Hands the sound over that its person wants kept."""
    path = folder.opus(upload.pk)
    session = upload.session
    if not upload.keep_sound or session is None or not path.exists():
        return
    if Recording.objects.filter(session=session).exists():
        return
    joining.keep(session, path, upload.duration_ms)


def _say(upload: Upload, **fields: Any) -> None:
    """Writes how it stands, on the row and on `upload`. Raises _UnwantedError."""
    fields["active_at"] = timezone.now()
    if not Upload.objects.filter(pk=upload.pk, state__in=(WAITING, WORKING)).update(**fields):
        raise _UnwantedError
    for name, value in fields.items():
        setattr(upload, name, value)


def _fail(upload: Upload, message: str, **values: str | float) -> None:
    _say(upload, state=FAILED, message=message, message_values=values)


def _title(name: str) -> str:
    return " ".join(Path(name).stem.split())[:200]
