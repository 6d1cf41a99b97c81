"""Transcribes a file for whose text a program waits."""

import os
import time
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop
from redis import RedisError

from ...asr.engine.base import EngineError
from ...asr.offline.decoder import DecodeRequest
from ...asr.offline.media_error import MediaError
from ...asr.offline.transcriber import OfflineJob
from ...core.media_names import title_of
from ...jobs.transcribing import Transcription, offline_job, transcribe
from ...jobs.turns import GivesWayError, files
from ...models import FileRequest, Session
from ...models.leased_job import LeaseLostError
from ...models.session import SessionDated
from ...models.shared_clock import shared_now
from ...recordings import joining
from ...speech.passage import Passage
from ..folder import UploadFolder, upload_folder
from ..writing import session_of
from . import pace, told
from .wish import Wish

log = structlog.get_logger(__name__)

# How long another worker leaves it alone while its sound is stored.
_KEEPING = timedelta(minutes=15)

_MODEL = gettext_noop("The server’s speech model is not working at the moment. Send the file again later.")
_BROKE_OFF = gettext_noop("Transcribing this file was interrupted several times. Send only a part of it.")
_GONE = gettext_noop("The file is no longer on the server. Send it again.")


def answer(pk: UUID) -> None:
    """Transcribes the file of a request, and tells the process that waits for it. Ends early when nobody waits.

    It may be called more than once, also at the same time, and again after a crash.

    Raises GivesWayError where others have their turn first, DatabaseAwayError and redis.RedisError if a store is away,
    OSError if sound cannot be stored.
    """
    request = FileRequest.objects.select_related("user").claim(pk, shared_now())
    if request is None:
        return
    folder = upload_folder()
    with suppress(LeaseLostError):
        try:
            told.tell(pk, _outcome(request, folder))
        except GivesWayError:
            folder.leave(pk, request.attempts)
            request.give_way(shared_now())
            raise
        request.finish()


def _outcome(request: FileRequest, folder: UploadFolder) -> told.Over | told.Failed:
    """Raises LeaseLostError, DatabaseAwayError."""
    if request.is_exhausted:
        return told.Failed(_BROKE_OFF, {}, by_file=True)
    if not folder.file(request.pk).exists():
        log.error("file_request_missing", request=str(request.pk), folder=str(folder.folder))
        return told.Failed(_GONE, {}, by_file=False)
    try:
        # An attempt that was killed may have told and kept all of it.
        if not (request.kept and Session.all_objects.filter(pk=request.pk).exists()):
            _transcribe(request, folder)
    except MediaError as error:
        return told.Failed(error.text, error.values, by_file=True)
    except EngineError as error:
        log.error("file_request_not_decoded", request=str(request.pk), error=str(error))
        return told.Failed(_MODEL, {}, by_file=False)
    _keep_sound(request, folder)
    return told.Over(request.duration_ms)


def _transcribe(request: FileRequest, folder: UploadFolder) -> None:
    """Raises MediaError, EngineError, LeaseLostError, DatabaseAwayError."""
    started_at = time.monotonic()

    def tell(passage: Passage) -> None:
        told.tell(request.pk, told.Heard(passage))

    turn = files.turn_of(request, request.heard_ms if request.goes_on else 0)
    heard = transcribe(request, _file(request, folder), on_passage=tell, turn=turn)
    request.duration_ms = heard.duration_ms
    if not request.goes_on:
        with suppress(RedisError):
            pace.measured(heard.duration_ms / 1000, time.monotonic() - started_at)
    if request.kept and heard.passages:
        _keep(request, heard, folder)


def _file(request: FileRequest, folder: UploadFolder) -> OfflineJob:
    wish = Wish.of(request.wish)
    opus = str(folder.opus(request.pk, request.attempts)) if _keeps_sound(request) else ""
    return offline_job(
        DecodeRequest(
            path=os.fsencode(folder.file(request.pk)),
            name=request.name,
            most_seconds=settings.LIMIT_UPLOAD_SECONDS,
            opus=opus,
        ),
        endpointing=wish.endpointing,
        language=wish.language,
        vocabulary=wish.vocabulary,
        prompt=wish.prompt,
        translate=wish.translate,
        answers=str(folder.answers(request.pk)),
        hops=wish.hops,
        tell_speakers=wish.tell_speakers,
    )


@transaction.atomic
def _keep(request: FileRequest, heard: Transcription, folder: UploadFolder) -> None:
    """Makes a transcript of the history. Raises LeaseLostError, DatabaseAwayError."""
    session_of(
        heard,
        id=request.pk,
        user=request.user,
        title=title_of(request.name),
        language=Wish.of(request.wish).language,
        keep_sound=_keeps_sound(request),
        created_at=request.created_at,
        dated=SessionDated.ADDED,
    )
    request.renew(shared_now(), duration_ms=heard.duration_ms, lease=_KEEPING)
    folder.keep_opus(request.pk, request.attempts)
    log.info("file_request_kept", session=str(request.pk))


def _keep_sound(request: FileRequest, folder: UploadFolder) -> None:
    path = folder.kept_opus(request.pk)
    session = Session.all_objects.filter(pk=request.pk, recording=None).first() if path.exists() else None
    if session is not None:
        joining.keep(session, path, request.duration_ms)


def _keeps_sound(request: FileRequest) -> bool:
    return request.kept and request.user.keeps_sound(None)
