"""Streaming responses."""

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from ..core.filename import content_disposition


def download(
    request: HttpRequest, chunks: Iterator[bytes], *, name: str, content_type: str
) -> StreamingHttpResponse:
    """A streaming response that a browser saves as the file `name`."""
    return StreamingHttpResponse(
        streamed(request, chunks),
        content_type=content_type,
        headers={"Content-Disposition": content_disposition(name), "X-Content-Type-Options": "nosniff"},
    )


def streamed(request: HttpRequest, chunks: Iterator[bytes]) -> Iterator[bytes] | AsyncIterator[bytes]:
    """The chunks as the kind of iterator that Django sends one by one: asynchronous under ASGI, else as they are."""
    return _from_thread(chunks) if isinstance(request, ASGIRequest) else chunks


async def _from_thread(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    # Django would read all of an ordinary iterator before it sends the first byte.
    step = sync_to_async(lambda: next(chunks, None))
    while (chunk := await step()) is not None:
        yield chunk
