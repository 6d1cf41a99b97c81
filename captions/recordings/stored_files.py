"""Sends a stored recording or archive as the response to a request."""

import structlog
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from ..models import Archive, Recording
from ..web.streams import streamed
from .byte_ranges import ByteRange, UnsatisfiableError, asked_for
from .reading import FileMissingError, read

log = structlog.get_logger(__name__)


def stored_file(
    request: HttpRequest, kept: Recording | Archive, *, content_type: str, disposition: str
) -> HttpResponseBase:
    """The response to a GET or HEAD: the file, or the byte range that is requested. Raises Http404 if it is missing.

    The caller has checked that the user may have the file.
    """
    size = kept.size
    # A file never changes: a new one gets a new name.
    etag = f'"{kept.file.name}"'
    headers = {"Accept-Ranges": "bytes", "ETag": etag, "Content-Disposition": disposition}
    try:
        part = asked_for(request, size=size, etag=etag)
    except UnsatisfiableError:
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    span = part or ByteRange(0, size - 1)
    headers["Content-Length"] = str(span.last - span.first + 1)
    if part is not None:
        headers["Content-Range"] = f"bytes {part.first}-{part.last}/{size}"
    status = 206 if part else 200
    if request.method == "HEAD":
        return HttpResponse(status=status, content_type=content_type, headers=headers)
    try:
        chunks = read(kept, span.first, span.last)
    except FileMissingError as error:
        log.error("file_missing", kind=type(kept).__name__, key=str(kept.pk), error=str(error))
        raise Http404 from error
    return StreamingHttpResponse(
        streamed(request, chunks), status=status, content_type=content_type, headers=headers
    )
