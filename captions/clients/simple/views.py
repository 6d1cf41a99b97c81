"""`POST /offer`, `GET /transcribe` and `GET /ping`."""

import uuid
from typing import Any

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from ...audience import views as audience
from ...audience.access import Program as Reader
from ...core.json_text import decoded
from ...live.exchange import Answer, exchange
from ...live.signaling.admission import Program
from ...models import ApiToken, Session
from ...protocol.messages import MessageError
from ...tokens.admission import Refusal
from ..dictations import Wanted
from ..offers import refusal_of
from ..short_body import short_body
from .frame import require_open, simple
from .names import Name
from .sentences import Sentences

VIA = "simple"
# Where the dictation of this name cannot go on, another one begins.
_GONE = {"session_ended", "not_found", "trashed"}


@simple("POST")
async def offer(request: HttpRequest, token: ApiToken) -> JsonResponse:
    """Takes `{"sdp", "type": "offer"}` for a dictation that the page calls `id`, and answers in the same form."""
    name = Name.of(request.GET["id"]) if "id" in request.GET else None
    sdp = _sdp_in(request)
    try:
        answer = await _publish(token, sdp, request.GET.dict(), name)
    except MessageError as error:
        raise refusal_of(error) from error
    return JsonResponse({"sdp": answer.sdp, "type": "answer"})


@simple("GET")
async def transcribe(request: HttpRequest, token: ApiToken) -> HttpResponseBase:
    """The sentences of a dictation as server-sent events: of the one called `id`, else of the account's latest."""
    session = await _asked_for(request, token)
    since = audience.since_of(request)
    plain = request.GET.get("format") != "json"
    write = Sentences(since.seq).write if plain else audience.as_it_is
    reader = Reader(session, token.user_id, token.pk)
    response = await audience.stream(request, reader, since, write)
    for header, value in audience.HEADERS.items():
        response[header] = value
    return response


async def ping(request: HttpRequest) -> HttpResponse:
    """Tells that somebody is here."""
    require_open()
    return HttpResponse("pong", content_type="text/plain")


def newest(token: ApiToken) -> Session | None:
    """The account's running dictation that began last."""
    return Session.objects.open().filter(user=token.user_id, gen__gt=0).newest_first().first()


def named(token: ApiToken, name: Name) -> Session | None:
    """The dictation of the account with this name."""
    return Session.objects.filter(user=token.user_id, pk=name.session(token)).first()


async def _publish(token: ApiToken, sdp: str, asked: dict[str, str], name: Name | None) -> Answer:
    program = Program(token, VIA)
    wanted = await Wanted.of(token, asked)
    session = None
    if name is not None:
        await sync_to_async(name.require_free)(token)
        session = await sync_to_async(name.session)(token)
    if session is not None:
        try:
            return await exchange(token.user, session, sdp, program, wanted=wanted.settings)
        except MessageError as error:
            if error.code not in _GONE:
                raise
    published = await wanted.begin(sdp, program)
    if name is not None:
        await sync_to_async(name.bind)(token, published.session)
    return published.answer


async def _asked_for(request: HttpRequest, token: ApiToken) -> uuid.UUID:
    if "id" in request.GET:
        session = await database_sync_to_async(named)(token, Name.of(request.GET["id"]))
    else:
        session = await database_sync_to_async(newest)(token)
    if session is None:
        raise Http404
    pk: uuid.UUID = session.pk
    return pk


def _sdp_in(request: HttpRequest) -> str:
    """The SDP of an offer as a browser's RTCSessionDescription is written. Raises Refusal."""
    # In JSON, each line ends with four characters instead of two.
    body = short_body(request, 2 * settings.LIMIT_OFFER_BYTES)
    if body is None:
        raise _too_large()
    try:
        sent: Any = decoded(body)
    except ValueError:
        sent = None
    match sent:
        case {"type": "offer", "sdp": str(sdp)} if sdp.startswith("v=0"):
            if len(sdp.encode()) > settings.LIMIT_OFFER_BYTES:
                raise _too_large()
            return sdp
    raise Refusal(400, "malformed", _("Send an offer as JSON: {“type”: “offer”, “sdp”: “v=0…”}."))


def _too_large() -> Refusal:
    sentence = _("An offer may have %(bytes)s bytes at most.")
    return Refusal(413, "too_large", sentence % {"bytes": settings.LIMIT_OFFER_BYTES})
