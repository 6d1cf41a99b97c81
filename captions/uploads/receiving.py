"""Receives files in chunks, so that an interrupted upload can be resumed where it stopped."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ..core.errors import RefusedError
from ..models import Upload, User
from ..models.leased_job import at_once
from ..models.upload import RECEIVING, WAITING
from .folder import upload_folder

log = structlog.get_logger(__name__)

CHUNK_BYTES = 1 << 20
"""The largest chunk; proxies accept a body of this size by default."""


class UploadRefusedError(RefusedError):
    """A file or chunk is refused. The message is a translated sentence for the user.

    `received` is the number of bytes that have arrived, if known; `is_passing` if it is accepted once others are done.
    """

    def __init__(self, message: str, *, received: int | None = None, is_passing: bool = False) -> None:
        super().__init__(message)
        self.received, self.is_passing = received, is_passing


class NoChoiceError(UploadRefusedError):
    """A track cannot be chosen any more."""


@dataclass(frozen=True, slots=True)
class Announced:
    """A file as the browser describes it; `modified` is in milliseconds since 1970, `size` in bytes."""

    name: str
    size: int
    modified: int
    language: str
    keep_sound: bool
    tell_speakers: bool = False


@transaction.atomic
def begin(user: User, announced: Announced) -> Upload:
    """A new upload, or the interrupted one of the same file. Raises UploadRefusedError."""
    refuse_size(announced.name, announced.size)
    _lock(user)
    same = (
        user.uploads.open()
        .filter(state=RECEIVING, name=announced.name, size=announced.size, modified=announced.modified)
        .first()
    )
    if same is not None:
        return same
    _refuse_too_many(user, announced.name)
    return Upload.objects.create(
        user=user,
        name=announced.name,
        size=announced.size,
        modified=announced.modified,
        language=announced.language,
        keep_sound=announced.keep_sound,
        tell_speakers=announced.tell_speakers,
    )


@transaction.atomic
def receive_whole(user: User, announced: Announced, chunks: Iterable[bytes]) -> Upload:
    """A new upload that has all its bytes. Raises UploadRefusedError, which leaves nothing behind."""
    upload = begin(user, announced)
    offset = upload.received
    if offset:
        raise UploadRefusedError(_("This file is being uploaded elsewhere."), received=offset)
    try:
        for chunk in chunks:
            upload = append(user, upload.pk, offset, chunk)
            offset = upload.received
    except UploadRefusedError:
        upload_folder().remove(upload.pk)
        raise
    return upload


@transaction.atomic
def choose_track(user: User, pk: UUID, number: int) -> Upload:
    """A new upload for another track of the file of a finished one. Raises Upload.DoesNotExist, UploadRefusedError."""
    _lock(user)
    upload = user.uploads.select_for_update().get(pk=pk)
    wanted = [each for each in upload.tracks if each["number"] == number]
    if upload.choice_until is None or not wanted:
        raise NoChoiceError(_("The file is no longer on the server. Add it again."))
    _refuse_too_many(user, upload.name)
    chosen = Upload.objects.create(
        user=user,
        name=upload.name,
        size=upload.size,
        modified=upload.modified,
        received=upload.size,
        language=upload.language,
        keep_sound=upload.keep_sound,
        tell_speakers=upload.tell_speakers,
        track=number,
        state=WAITING,
        due_at=at_once(),
    )
    try:
        upload_folder().share(upload.pk, chosen.pk)
    except OSError as error:
        log.error("upload_not_shared", upload=str(pk), error=error.strerror)
        raise NoChoiceError(_("The file is no longer on the server. Add it again.")) from error
    leave_tracks(upload, [each for each in upload.tracks if each not in wanted])
    return chosen


def leave_tracks(upload: Upload, tracks: list[dict[str, Any]]) -> None:
    """Offers only these tracks of a finished upload from now on; without any, its file is deleted."""
    upload.tracks = tracks
    if not tracks:
        upload.choice_until = None
    upload.save(update_fields=["tracks", "choice_until"])
    if not tracks:
        transaction.on_commit(partial(remove_if_over, upload.pk))


def remove_if_over(pk: UUID) -> None:
    """Deletes the files of an upload, unless its sound is still to be kept, or another track can be chosen."""
    if Upload.objects.over().filter(pk=pk).exists():
        upload_folder().remove(pk)


def _lock(user: User) -> None:
    """So that simultaneous requests cannot exceed the limit."""
    User.objects.select_for_update().get(pk=user.pk)


def _refuse_too_many(user: User, name: str) -> None:
    if user.uploads.open().count() >= settings.LIMIT_UPLOADS_PER_USER:
        raise UploadRefusedError(
            _("%(count)s files are already in progress. Add %(name)s when some of them are done.")
            % {"count": settings.LIMIT_UPLOADS_PER_USER, "name": name},
            is_passing=True,
        )


def refuse_size(name: str, size: int) -> None:
    """Raises UploadRefusedError if the file is too large or empty."""
    if size > settings.LIMIT_UPLOAD_MB * 1_000_000:
        raise UploadRefusedError(
            _("%(name)s is larger than %(size)s MB. Split it, or save only its audio.")
            % {"name": name, "size": settings.LIMIT_UPLOAD_MB}
        )
    if size <= 0:
        raise UploadRefusedError(_("%(name)s is empty.") % {"name": name})


@transaction.atomic
def append(user: User, pk: UUID, offset: int, chunk: bytes) -> Upload:
    """Adds a chunk at `offset`; after the last one the upload waits to be transcribed.

    Raises Upload.DoesNotExist, and UploadRefusedError if the chunk is not the next one or cannot be written.
    """
    upload = user.uploads.select_for_update().get(pk=pk)
    if upload.state != RECEIVING or offset != upload.received:
        raise UploadRefusedError(_("This file is being uploaded elsewhere."), received=upload.received)
    if offset + len(chunk) > upload.size:
        sentence = _("%(name)s is larger than it was when it was added. Add it again.") % {
            "name": upload.name
        }
        raise UploadRefusedError(sentence, received=upload.received)
    try:
        upload_folder().write(upload.pk, offset, chunk)
    except OSError as error:
        log.error("upload_not_written", upload=str(pk), error=error.strerror)
        raise UploadRefusedError(
            _("The server has no space for files at the moment. Try again later."), received=upload.received
        ) from error
    upload.received = offset + len(chunk)
    upload.active_at = timezone.now()
    if upload.received == upload.size:
        upload.state, upload.due_at = WAITING, at_once()
    upload.save(update_fields=["received", "active_at", "state", "due_at"])
    return upload
