"""Deletes sound when its user asks for it, and together with its session, whatever deletes that.

A file that cannot be deleted together with its row is deleted later, by `retention.sweep`.
"""

from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.db import transaction
from django.db.models.signals import post_delete
from django.utils.translation import gettext as _

from ..core.errors import RefusedError
from ..core.storage import discard
from ..models import Proposal, Recording, Session
from . import delivered
from .parts import RecordingBusyError, parts_folder

log = structlog.get_logger(__name__)


class SoundError(RefusedError):
    """Why sound was not deleted, as a sentence for the user; nothing has changed."""


def connect() -> None:
    post_delete.connect(_recording_deleted, sender=Recording, dispatch_uid="sound-recording")
    post_delete.connect(_session_deleted, sender=Session, dispatch_uid="sound-session")


def delete_sound(session: Session, now: datetime) -> None:
    """Deletes the sound of a session that has ended, and marks the session as one without sound; its text stays.

    Idempotent. Raises SoundError.
    """
    folder, name = parts_folder(), str(session.pk)
    try:
        with folder.claimed(name), transaction.atomic():
            row = Session.objects.select_for_update().filter(pk=session.pk).first()
            if row is None:
                return
            if row.ended_at is None:
                raise SoundError(_("The recording can be deleted when this dictation has ended."))
            recording = Recording.objects.filter(session=row).first()
            if recording is None and row.keep_sound:
                Recording.objects.create(session=row, deleted_at=now)
            elif recording is not None and recording.deleted_at is None:
                delete_file(recording, now)
            row.keep_sound = False
            row.save(update_fields=["keep_sound"])
            folder.remove(name)
    except RecordingBusyError as error:
        raise SoundError(_("The recording is still being prepared. Try again in a minute.")) from error
    except SoundError:
        raise
    except Exception as error:
        # An S3 storage raises exceptions of its own.
        log.exception("sound_not_deleted", session=name)
        raise SoundError(_("The recording could not be deleted. Try again in a minute.")) from error
    log.info("sound_deleted", session=name)


def delete_file(recording: Recording, now: datetime) -> bool:
    """Deletes a recording's file and marks its row as deleted; False if the row has another file by then.

    Raises what the storage raises, so that no row is marked whose file still exists.
    """
    name = recording.file.name or ""
    recording.file.storage.delete(name)
    same = Recording.objects.filter(pk=recording.pk, file=name)
    deleted = bool(same.update(file="", size=0, peaks=b"", deleted_at=now))
    if deleted:
        # A proposal holds words that were recognised in the sound, so it is deleted with it.
        Proposal.objects.filter(session=recording.session_id).delete()
    return deleted


def _recording_deleted(instance: Recording, **kwargs: Any) -> None:
    if instance.file:
        file = instance.file
        session = str(instance.session_id)
        gone = partial(discard, file.storage, file.name or "", "sound_not_deleted", session=session)
        transaction.on_commit(gone)


def _session_deleted(instance: Session, **kwargs: Any) -> None:
    transaction.on_commit(partial(_delete_parts, str(instance.pk)))


def _delete_parts(session: str) -> None:
    try:
        parts_folder().remove(session)
        delivered.discard(session)
    except OSError:
        log.exception("sound_not_deleted", session=session)
