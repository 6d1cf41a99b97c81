"""Transcribes an uploaded file and saves it as a session, exactly once."""

import os
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_noop

from ..asr.engine.base import EngineError
from ..asr.offline.decoder import About, DecodeRequest
from ..asr.offline.media_error import MediaError
from ..asr.offline.tracks import Track
from ..asr.offline.transcriber import OfflineJob
from ..core.media_names import title_of
from ..jobs.transcribing import Transcription, offline_job, transcribe
from ..jobs.turns import GivesWayError, files
from ..models import Recording, Session, Upload, WebhookDelivery, WebhookEvent
from ..models.leased_job import LeaseLostError
from ..models.session import SessionSource
from ..models.shared_clock import shared_now
from ..models.upload import DONE, FAILED, TO_CHOOSE, WORKING
from ..recordings import joining
from ..transcripts.final_writer import FinalRecord
from ..transcripts.final_writer.saving import Rejected, save
from ..web.tags import clock
from .filing import filed
from .folder import UploadFolder, upload_folder
from .receiving import remove_if_over
from .track_names import track_name

log = structlog.get_logger(__name__)

# How long another worker leaves the upload alone while its sound is stored, which takes a while in a bucket.
_KEEPING = timedelta(minutes=15)
# Many intact files lack a little sound at an end or between two parts; less than this is not reported.
_WORTH_SAYING_MS = 1000

_BROKE_OFF = gettext_noop(
    "Transcribing this file was interrupted %(count)s times. Nothing was saved. "
    "Add it again, or only a part of it."
)
_MODEL = gettext_noop(
    "The server’s speech model is not working at the moment. "
    "This file was not transcribed. Add it again later."
)
_MISSING = gettext_noop("Transcribed. %(time)s of it could not be read.")
_BREAKS_OFF = gettext_noop("Transcribed up to %(time)s. What comes after that could not be read.")
_GONE = gettext_noop("The file is no longer on the server. Add it again.")


def write(pk: UUID) -> None:
    """Transcribes a complete upload; afterwards its session is saved, or it has failed with a message for the user.

    It may be called more than once, also at the same time, and again after a crash.

    Raises GivesWayError where others have their turn first, DatabaseAwayError if PostgreSQL cannot be reached, OSError
    if the sound cannot be stored.
    """
    upload = Upload.objects.select_related("user").claim(pk, shared_now())
    if upload is None:
        return
    folder = upload_folder()
    try:
        if upload.state not in (DONE, FAILED):
            _transcribe(upload, folder)
        if upload.state == DONE:
            _keep_sound(upload, folder)
        upload.finish(active_at=shared_now())
        # The user may have declined the other tracks meanwhile.
        remove_if_over(pk)
    except GivesWayError:
        folder.leave(pk, upload.attempts)
        upload.give_way(shared_now())
        raise
    except LeaseLostError:
        # The process that holds the lease now needs the files, unless the user has deleted the upload.
        if not Upload.objects.filter(pk=pk).exists():
            folder.remove(pk)


def _transcribe(upload: Upload, folder: UploadFolder) -> None:
    """Leaves the upload done or failed. Raises LeaseLostError, GivesWayError, DatabaseAwayError."""
    if upload.is_exhausted:
        _fail(upload, _BROKE_OFF, count=upload.MOST_ATTEMPTS)
        return
    if not folder.file(upload.pk).exists():
        log.error("upload_missing", upload=str(upload.pk), folder=str(folder.folder))
        _fail(upload, _GONE)
        return
    upload.renew(shared_now(), state=WORKING)
    try:
        turn = files.turn_of(upload, upload.heard_ms if upload.goes_on else 0)
        _store(upload, folder, transcribe(upload, _file(upload, folder), turn=turn))
    except MediaError as error:
        _fail(upload, error.text, **error.values)
    except EngineError as error:
        log.error("upload_not_decoded", upload=str(upload.pk), error=str(error))
        _fail(upload, _MODEL)


def _file(upload: Upload, folder: UploadFolder) -> OfflineJob:
    return offline_job(
        DecodeRequest(
            path=os.fsencode(folder.file(upload.pk)),
            name=upload.name,
            most_seconds=settings.LIMIT_UPLOAD_SECONDS,
            opus=str(folder.opus(upload.pk, upload.attempts)) if upload.keep_sound else "",
            track=upload.track,
        ),
        endpointing=upload.user.endpointing,
        language=upload.language,
        vocabulary=upload.user.vocabulary,
        answers=str(folder.answers(upload.pk)),
        tell_speakers=upload.tell_speakers,
    )


@transaction.atomic
def _store(upload: Upload, folder: UploadFolder, heard: Transcription) -> None:
    """Saves the session and marks the upload done, in one transaction.

    Raises LeaseLostError, DatabaseAwayError.
    """
    now = shared_now()
    date, dated = filed(upload, heard.about.dates)
    session = session_of(
        heard,
        user=upload.user,
        title=_title(upload, heard.about),
        language=upload.language,
        keep_sound=upload.keep_sound,
        created_at=date,
        dated=dated,
    )
    message, values = _lacking(heard)
    others = _others(upload, heard.about)
    upload.renew(
        now,
        state=DONE,
        active_at=now,
        session=session,
        heard_ms=heard.duration_ms,
        duration_ms=heard.duration_ms,
        message=message,
        message_values=values,
        heard_track=_described(heard.about.track, heard.about.many) if heard.about.many > 1 else None,
        tracks=others,
        choice_until=now + TO_CHOOSE if others else None,
    )
    data = {"upload": str(upload.pk), "session": str(session.pk)}
    WebhookDelivery.objects.note(WebhookEvent.UPLOAD_DONE, [(upload.user_id, data)])
    # The upload is done, so no other attempt can follow: the sound of this one is kept.
    folder.keep_opus(upload.pk, upload.attempts)
    folder.answers(upload.pk).unlink(missing_ok=True)
    log.info(
        "upload_written",
        upload=str(upload.pk),
        session=str(session.pk),
        duration_ms=heard.duration_ms,
        missing_ms=heard.missing_ms,
    )


def session_of(heard: Transcription, **fields: Any) -> Session:
    """A new session of a file, with these fields and the words that were heard. Raises DatabaseAwayError."""
    now = shared_now()
    session = Session.objects.create(
        source=SessionSource.FILE,
        active_at=now,
        ended_at=now,
        clock_ms=heard.duration_ms,
        written_by=list(heard.origin.writers),
        sent_ms=heard.origin.sent_ms,
        voices=heard.voices,
        **fields,
    )
    outcomes = save([FinalRecord.of(session.pk, passage) for passage in heard.passages])
    refused = sum(isinstance(outcome, Rejected) for outcome in outcomes)
    if refused:
        log.error("file_passages_refused", session=str(session.pk), count=refused)
    return session


def _keep_sound(upload: Upload, folder: UploadFolder) -> None:
    """Stores the sound as the session's recording, if the user wants it kept. Raises OSError."""
    path = folder.kept_opus(upload.pk)
    session = upload.session
    if not upload.keep_sound or session is None or not path.exists():
        return
    if Recording.objects.filter(session=session).exists():
        return
    upload.renew(shared_now(), lease=_KEEPING)
    try:
        joining.keep(session, path, upload.duration_ms)
    except Exception:
        # A storage backend raises exceptions of its own; nobody need wait for the end of the long lease.
        upload.retry_later(shared_now())
        raise


@transaction.atomic
def _fail(upload: Upload, message: str, **values: str | float) -> None:
    now = shared_now()
    upload.renew(now, state=FAILED, active_at=now, message=message, message_values=values)
    WebhookDelivery.objects.note(WebhookEvent.UPLOAD_FAILED, [(upload.user_id, {"upload": str(upload.pk)})])


def _lacking(heard: Transcription) -> tuple[str, dict[str, str]]:
    """The message about what could not be read, and its values."""
    if heard.missing_ms >= _WORTH_SAYING_MS:
        return _MISSING, {"time": clock(heard.missing_ms)}
    if heard.broke_off:
        return _BREAKS_OFF, {"time": clock(heard.duration_ms)}
    return heard.untold, {}


def _others(upload: Upload, about: About) -> list[dict[str, Any]]:
    """The other audible tracks, if nobody has chosen one yet."""
    if upload.track:
        return []
    return [_described(each, about.many) for each in about.tracks if each != about.track]


def _title(upload: Upload, about: About) -> str:
    """The name of the file; of a track that was chosen besides another one, also which it is."""
    if not upload.track:
        return title_of(upload.name)
    with translation.override(upload.user.interface_language or settings.LANGUAGE_CODE):
        return title_of(upload.name, track_name(about.track))


def _described(track: Track, many: int) -> dict[str, Any]:
    return {**asdict(track), "many": many}
