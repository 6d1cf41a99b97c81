"""Transcripts as files."""

from collections.abc import AsyncIterator, Iterable, Iterator
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..transcripts.export import FORMATS
from ..transcripts.export.filename import content_disposition, filename
from ..transcripts.stored import transcript_of
from .requests import UserRequest

_CHUNK = 32 * 1024


@login_required
@never_cache
@require_safe
def export(request: UserRequest, pk: UUID, name: str) -> HttpResponseBase:
    """The transcript in the format `name`, as a file to save."""
    session = get_object_or_404(request.user.sessions, pk=pk)
    try:
        format = FORMATS[name]
    except KeyError as error:
        raise Http404 from error
    transcript = transcript_of(session)
    file = filename(transcript.title, transcript.language, transcript.created_at.date(), format.name)
    return StreamingHttpResponse(
        _body(request, format.render(transcript)),
        content_type=f"{format.media_type}; charset=utf-8",
        headers={"Content-Disposition": content_disposition(file), "X-Content-Type-Options": "nosniff"},
    )


def _body(request: HttpRequest, pieces: Iterable[str]) -> Iterator[bytes] | AsyncIterator[bytes]:
    chunks = _chunks(pieces)
    return _from_thread(chunks) if isinstance(request, ASGIRequest) else chunks


def _chunks(pieces: Iterable[str]) -> Iterator[bytes]:
    chunk = bytearray()
    for piece in pieces:
        chunk += piece.encode("utf-8", "replace")
        if len(chunk) >= _CHUNK:
            yield bytes(chunk)
            chunk.clear()
    yield bytes(chunk)


async def _from_thread(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    # Django would read all of an ordinary iterator before it sends the first byte.
    step = sync_to_async(lambda: next(chunks, None))
    while (chunk := await step()) is not None:
        yield chunk
