"""The captions of a session as events, and the page that shows them."""

from uuid import UUID

import structlog
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from ..tokens.admission import Refusal
from ..tokens.endpoint import counted, refusal_of, request_number
from . import access, limits, rows
from .events import Position
from .stream import Stream, new_place

_NAME = "sse"
_HEADERS = {
    "Cache-Control": "no-cache, no-transform",
    # nginx collects an answer otherwise.
    "X-Accel-Buffering": "no",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
}


async def events(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The captions of a session as server-sent events, from `Last-Event-ID` or `after` on.

    204 once they have ended and the client has all of them, which stops an EventSource. Errors are JSON with a
    sentence.
    """
    number = request_number()
    with structlog.contextvars.bound_contextvars(request=number):
        try:
            response = await _events(request, pk)
        except Exception as error:
            response = _refused(refusal_of(error, _NAME))
    for name, value in _HEADERS.items():
        response[name] = value
    return counted(response, number, _NAME)


async def _events(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    if request.method not in ("GET", "HEAD"):
        sentence = _("Use %(methods)s here.") % {"methods": "GET"}
        raise Refusal(405, "wrong_method", sentence, headers=(("Allow", "GET, HEAD"),))
    since = _since(request)
    # Each call gives its connection to the database back: the stream, which has none, may last for hours.
    reader = await database_sync_to_async(access.reader)(request, pk)
    if await database_sync_to_async(rows.is_over)(pk, since):
        return HttpResponse(status=204)
    if request.method == "HEAD":
        return HttpResponse(content_type="text/event-stream")
    (who, most), place = reader.counted, new_place()
    try:
        await sync_to_async(limits.take)(who, most, place)
    except limits.TooManyStreamsError as error:
        sentence = _("Too many people or programs are reading these captions. Try again later.")
        raise Refusal(429, "too_many_streams", sentence, retry_after=limits.KEEP_SECONDS) from error
    stream = Stream(
        reader,
        since,
        place,
        partials=request.GET.get("partial") != "0",
        padded=request.GET.get("pad") == "1",
    )
    return StreamingHttpResponse(stream.run(), content_type="text/event-stream")


def _refused(refusal: Refusal) -> JsonResponse:
    response = JsonResponse({"code": refusal.code, "message": refusal.sentence}, status=refusal.status)
    refusal.put_on(response)
    return response


def _since(request: HttpRequest) -> Position:
    """Where the client was: as its EventSource says when it connects again, else as the address says."""
    if position := Position.parse(request.headers.get("Last-Event-ID", "")):
        return position
    if "after" not in request.GET:
        return Position()
    position = Position.parse(request.GET["after"])
    if position is None:
        raise Refusal(400, "invalid", _("after must be the id of an event, such as 3.1."), param="after")
    return position
