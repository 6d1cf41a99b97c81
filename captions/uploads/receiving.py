"""Receives files in chunks, so that an interrupted upload can be resumed where it stopped."""

from dataclasses import dataclass
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

    `received` is the number of bytes that have arrived, if known.
    """

    def __init__(self, message: str, *, received: int | None = None) -> None:
        super().__init__(message)
        self.received = received


@dataclass(frozen=True, slots=True)
class Announced:
    """A file as the browser describes it; `modified` is in milliseconds since 1970, `size` in bytes."""

    name: str
    size: int
    modified: int
    language: str
    keep_sound: bool


@transaction.atomic
def begin(user: User, announced: Announced) -> Upload:
    """A new upload, or the interrupted one of the same file. Raises UploadRefusedError."""
    refuse_size(announced.name, announced.size)
    # Locked, so that simultaneous requests cannot exceed the limit.
    User.objects.select_for_update().get(pk=user.pk)
    mine = user.uploads.open()
    same = mine.filter(
        state=RECEIVING, name=announced.name, size=announced.size, modified=announced.modified
    ).first()
    if same is not None:
        return same
    if mine.count() >= settings.LIMIT_UPLOADS_PER_USER:
        raise UploadRefusedError(
            _("%(count)s files are already in progress. Add %(name)s when some of them are done.")
            % {"count": settings.LIMIT_UPLOADS_PER_USER, "name": announced.name}
        )
    return Upload.objects.create(
        user=user,
        name=announced.name,
        size=announced.size,
        modified=announced.modified,
        language=announced.language,
        keep_sound=announced.keep_sound,
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
