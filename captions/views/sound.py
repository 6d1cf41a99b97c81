"""The sound of a transcript, for the person whose it is."""

from uuid import UUID

import structlog
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..models import Recording
from ..sound.reading import MissingError, read
from .byte_ranges import ByteRange, UnsatisfiableError, asked_for
from .requests import UserRequest
from .streams import streamed
from .transcript import own_session

log = structlog.get_logger(__name__)


@login_required
@never_cache
@require_safe
def sound(request: UserRequest, pk: UUID) -> HttpResponseBase:
    """The recording, or the range of it that is asked for; 404 where there is none, or none any more."""
    recording = get_object_or_404(Recording.objects.kept(), session=own_session(request.user, pk))
    size = recording.size
    # A recording that is joined anew gets a new name.
    etag = f'"{recording.file.name}"'
    headers = {"Accept-Ranges": "bytes", "ETag": etag, "Content-Disposition": "inline"}
    try:
        part = asked_for(request, size=size, etag=etag)
    except UnsatisfiableError:
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    span = part or ByteRange(0, size - 1)
    headers["Content-Length"] = str(span.last - span.first + 1)
    if part is not None:
        headers["Content-Range"] = f"bytes {part.first}-{part.last}/{size}"
    status, content_type = (206 if part else 200), "audio/ogg"
    if request.method == "HEAD":
        return HttpResponse(status=status, content_type=content_type, headers=headers)
    try:
        chunks = read(recording, span.first, span.last)
    except MissingError as error:
        log.error("sound_missing", session=str(pk), error=str(error))
        raise Http404 from error
    return StreamingHttpResponse(
        streamed(request, chunks), status=status, content_type=content_type, headers=headers
    )
