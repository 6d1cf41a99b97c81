"""Answers that are written for as long as something happens: server-sent events."""

from collections.abc import AsyncIterator

from django.http import StreamingHttpResponse

TYPE = "text/event-stream"
HEADERS = {
    "Cache-Control": "no-cache, no-transform",
    # nginx collects an answer otherwise.
    "X-Accel-Buffering": "no",
}


def event_stream(events: AsyncIterator[str] | AsyncIterator[bytes]) -> StreamingHttpResponse:
    """The answer with these events, each of which reaches its reader at once."""
    return StreamingHttpResponse(events, content_type=TYPE, headers=HEADERS)
