"""Files to be transcribed into the history."""

from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile

from ..models import Upload
from ..models.upload import DONE
from ..tokens.admission import Refusal
from ..uploads.forms import UploadForm
from ..uploads.receiving import UploadRefusedError, receive_whole
from ..uploads.tasks import write_soon
from ..web.form_errors import first_error
from . import schemas
from .frame import READS, WRITES, TokenRequest

router = Router(tags=["files"])
_ERRORS = {400: schemas.ErrorOut, 404: schemas.ErrorOut, 429: schemas.ErrorOut}


@router.post("", response={201: schemas.UploadOut, **_ERRORS}, auth=WRITES, summary="Add a file")
def upload(
    request: TokenRequest,
    file: File[UploadedFile],
    language: Form[str] = "",
    keep_sound: Form[bool | None] = None,
    tell_speakers: Form[bool] = False,
) -> Status[dict[str, Any]]:
    """Takes a file with speech, which becomes a transcript; ask for its state until it is `done` or `failed`."""
    form = UploadForm(
        {
            "name": file.name,
            "size": file.size,
            "language": language,
            "keep_sound": keep_sound,
            "tell_speakers": tell_speakers,
        }
    )
    if not form.is_valid():
        raise UploadRefusedError(first_error(form))
    user = request.auth.user
    try:
        made = receive_whole(user, form.announced(user), file.chunks())
    except UploadRefusedError as error:
        if error.is_passing:
            raise Refusal(429, "rate_limited", str(error), retry_after=60) from error
        raise
    transaction.on_commit(partial(write_soon, made.pk))
    return Status(201, _described(made))


@router.get("", response=list[schemas.UploadOut], auth=READS, summary="List files")
def uploads(request: TokenRequest) -> list[dict[str, Any]]:
    """The files of the past days and those in progress, the oldest first."""
    return [_described(each) for each in request.auth.user.uploads.filter(session__trashed_at=None)]


@router.get(
    "/{uuid:pk}", response={200: schemas.UploadOut, **_ERRORS}, auth=READS, summary="Ask how far a file is"
)
def state(request: TokenRequest, pk: UUID) -> dict[str, Any]:
    """Its state, how much of it has been heard, and its transcript once it is `done`."""
    return _described(get_object_or_404(request.auth.user.uploads, pk=pk))


@router.delete("/{uuid:pk}", response={204: None, **_ERRORS}, auth=WRITES, summary="Cancel a file")
def cancel(request: TokenRequest, pk: UUID) -> Status[None]:
    """Stops the work on it, whatever its state, and forgets it; a transcript that it has become stays."""
    get_object_or_404(request.auth.user.uploads, pk=pk).delete()
    return Status(204, None)


def _described(upload: Upload) -> dict[str, Any]:
    return {
        "id": upload.pk,
        "name": upload.name,
        "size": upload.size,
        "state": upload.state,
        "percent": 100 if upload.state == DONE else upload.percent if upload.duration_ms else None,
        "message": upload.sentence,
        "session": upload.session_id,
    }
