"""The captions of a session as events, and the page that shows them."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import asdict
from urllib.parse import urlencode
from uuid import UUID

import structlog
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..tokens.admission import Refusal
from ..tokens.endpoint import counted, refusal_of, request_number
from ..web import event_answers
from . import access, limits, rows
from .events import Position
from .look import Look
from .stream import Stream, new_place

_NAME = "sse"
# Sentences that the page begins with, for those who come late.
_BACKLOG = 100
HEADERS = {
    **event_answers.HEADERS,
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
}

Writer = Callable[[str], str]


def as_it_is(text: str) -> str:
    return text


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
    for name, value in HEADERS.items():
        response[name] = value
    return counted(response, number, _NAME)


async def _events(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    if request.method not in ("GET", "HEAD"):
        sentence = _("Use %(methods)s here.") % {"methods": "GET"}
        raise Refusal(405, "wrong_method", sentence, headers=(("Allow", "GET, HEAD"),))
    since = since_of(request)
    # Each call gives its connection to the database back: the stream, which has none, may last for hours.
    reader = await database_sync_to_async(access.reader)(request, pk)
    return await stream(request, reader, since)


async def stream(
    request: HttpRequest, reader: access.Reader, since: Position, write: Writer = as_it_is
) -> HttpResponseBase:
    """The answer with all events for a reader from `since` on, each as `write` has it; 204 if there are none any more.

    Raises Refusal.
    """
    if await database_sync_to_async(rows.is_over)(reader.session, since):
        return HttpResponse(status=204)
    if request.method == "HEAD":
        return HttpResponse(content_type=event_answers.TYPE)
    (who, most), place = reader.counted, new_place()
    try:
        await sync_to_async(limits.take)(who, most, place)
    except limits.TooManyStreamsError as error:
        sentence = _("Too many people or programs are reading these captions. Try again later.")
        raise Refusal(429, "too_many_streams", sentence, retry_after=limits.KEEP_SECONDS) from error
    events = Stream(
        reader,
        since,
        place,
        partials=request.GET.get("partial") != "0",
        padded=request.GET.get("pad") == "1",
    )
    return event_answers.event_stream(_written(events, write))


async def _written(events: Stream, write: Writer) -> AsyncIterator[str]:
    async with aclosing(events.run()) as texts:
        async for text in texts:
            if written := write(text):
                yield written


def _refused(refusal: Refusal) -> JsonResponse:
    response = JsonResponse({"code": refusal.code, "message": refusal.sentence}, status=refusal.status)
    refusal.put_on(response)
    return response


def since_of(request: HttpRequest) -> Position:
    """Where the client was: as its EventSource says when it connects again, else as the address says."""
    if position := Position.parse(request.headers.get("Last-Event-ID", "")):
        return position
    if "after" not in request.GET:
        return Position()
    position = Position.parse(request.GET["after"])
    if position is None:
        raise Refusal(400, "invalid", _("after must be the id of an event, such as 3.1."), param="after")
    return position


@require_safe
@never_cache
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of captions, for whoever has a share link, and for the session's own person. For a wrong link 403, with
    a page that has one sentence, or nothing if it is drawn over a picture.
    """
    look = Look.of(request.GET.dict())
    try:
        reader = access.visitor(request, pk)
    except Refusal as refusal:
        if refusal.code == "not_logged_in":
            return redirect_to_login(request.get_full_path())
        said = {"look": look, "sentence": refusal.sentence}
        return _private(render(request, "captions/audience/refused.html", said, status=refusal.status))
    page_data = {"look": asdict(look), "events": _events_url(request, reader, look)}
    shown = {"look": look, "page_data": page_data}
    response = _private(render(request, "captions/audience/page.html", shown))
    if reader.frame_ancestors:
        response.xframe_options_exempt = True
        response._csp_replace = {"frame-ancestors": list(reader.frame_ancestors)}  # type: ignore[attr-defined]
    return response


def _private(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex"
    # The address has the key in it.
    response["Referrer-Policy"] = "no-referrer"
    return response


def _events_url(request: HttpRequest, reader: access.Reader, look: Look) -> str:
    backlog = 0 if look.overlay else _BACKLOG
    query = {"after": str(max(0, rows.last_seq(reader.session) - backlog)), "partial": str(int(look.partial))}
    if "key" in request.GET:
        query["key"] = request.GET["key"]
    return f"{reverse('audience-events', args=[reader.session])}?{urlencode(query)}"
