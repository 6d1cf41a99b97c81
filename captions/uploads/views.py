"""Views for uploads: a file is announced, sent in chunks, and watched until its transcript is ready."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ..models import Upload
from ..models.upload import WAITING
from ..web.form_errors import first_error
from ..web.requests import UserRequest, refused
from . import tasks
from .forms import TrackForm, UploadForm
from .receiving import CHUNK_BYTES, UploadRefusedError, append, begin, choose_track, leave_tracks


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def uploads(request: UserRequest) -> HttpResponse:
    """GET lists the user's uploads; POST announces one and answers with the number of bytes already received."""
    if request.method != "POST":
        # Not those whose transcript is in the trash; most have none yet.
        shown = request.user.uploads.filter(session__trashed_at=None)
        return JsonResponse({"uploads": [_described(upload) for upload in shown]})
    form = UploadForm(request.POST)
    if not form.is_valid():
        return refused(first_error(form))
    try:
        upload = begin(request.user, form.announced(request.user))
    except UploadRefusedError as error:
        return refused(str(error), 429 if error.is_passing else 400)
    return JsonResponse(_described(upload), status=201)


@login_required
@never_cache
@require_http_methods(["PATCH", "DELETE"])
def upload(request: UserRequest, pk: UUID) -> HttpResponse:
    """PATCH adds a chunk at `Upload-Offset`; DELETE cancels and deletes the upload in any state."""
    if request.method == "PATCH":
        return _append(request, pk)
    get_object_or_404(request.user.uploads, pk=pk).delete()
    return HttpResponse(status=204)


@login_required
@never_cache
@require_http_methods(["POST", "DELETE"])
def upload_tracks(request: UserRequest, pk: UUID) -> HttpResponse:
    """POST transcribes another `track` of a file, as another upload; DELETE declines them all and deletes the file."""
    if request.method == "DELETE":
        leave_tracks(get_object_or_404(request.user.uploads, pk=pk), [])
        return HttpResponse(status=204)
    form = TrackForm(request.POST)
    if not form.is_valid():
        return refused(first_error(form))
    try:
        upload = choose_track(request.user, pk, form.cleaned_data["track"])
    except Upload.DoesNotExist:
        return refused(_("This file is no longer needed."), 404)
    except UploadRefusedError as error:
        return refused(str(error), 409)
    transaction.on_commit(partial(tasks.write_soon, upload.pk))
    return JsonResponse(_described(upload), status=201)


def _append(request: UserRequest, pk: UUID) -> HttpResponse:
    offset = request.headers.get("Upload-Offset", "")
    chunk = request.read(CHUNK_BYTES + 1)
    if len(chunk) > CHUNK_BYTES:
        return refused(_("At most %(bytes)s bytes are accepted at once.") % {"bytes": CHUNK_BYTES}, 413)
    if not (offset.isascii() and offset.isdigit() and len(offset) < 16):
        return refused(_("Upload-Offset says where the bytes belong."), 400)
    try:
        upload = append(request.user, pk, int(offset), chunk)
    except Upload.DoesNotExist:
        return refused(_("This file is no longer needed."), 404)
    except UploadRefusedError as error:
        return refused(str(error), 409, received=error.received)
    if upload.state == WAITING:
        transaction.on_commit(partial(tasks.write_soon, pk))
    return JsonResponse(_described(upload))


def _described(upload: Upload) -> dict[str, Any]:
    left = upload.left(timezone.now())
    return {
        "id": str(upload.pk),
        "name": upload.name,
        "size": upload.size,
        "modified": upload.modified,
        "received": upload.received,
        "state": upload.state,
        "percent": upload.percent,
        "heard_ms": upload.heard_ms,
        "seconds_left": None if left is None else round(left.total_seconds()),
        "message": upload.sentence,
        "heard_track": upload.heard_track,
        "tracks": upload.tracks if upload.choice_until else [],
        "session": reverse("session", args=[upload.session_id]) if upload.session_id else None,
    }
