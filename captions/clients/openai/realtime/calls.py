"""`POST /v1/realtime/calls`: the same API over WebRTC, with sound as media and events over a data channel."""

import time
import uuid
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import msgspec
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ....dialects.openai_realtime import CHANNEL
from ....dialects.openai_realtime.configuration import Configuration
from ....dialects.openai_realtime.errors import ClientError
from ....live import calls
from ....live.feed.admission import of_account
from ....models import ApiToken, Scope
from ....protocol.commands import Call
from ....protocol.feed_frames import Listen
from ....protocol.messages import MessageError
from ....tokens.admission import Refusal, sent_token
from ....tokens.endpoint import endpoint
from ...cross_origin import cross_origin
from ...offers import refusal_of
from ...short_body import short_body
from ..errors import OPENAI
from ..hops import hops_of
from . import secrets
from .wanted import configuration, listen, refusal_of_client

VIA = "openai"
_BEGINNING = "rtc_"
_SDP, _FORM = "application/sdp", "multipart/form-data"
# Without it, what stands in an address.
_LONGEST_MODEL = 200


def _find(text: str, now: Any) -> ApiToken:
    return secrets.find(text, now).token


def _is_for_pages(request: HttpRequest) -> bool:
    """Whether it comes with no key, or one that a page may have: an API token is no business of a page."""
    text = sent_token(request)
    return not text or text.startswith(secrets.BEGINNING)


@endpoint(OPENAI, "POST", scope=Scope.LIVE, find=_find)
async def _call(request: HttpRequest, token: ApiToken) -> HttpResponse:
    sdp, session = _sent(request)
    begins = await _begins(request, session)
    usual = of_account(token.user, Listen(hops=hops_of(request.headers)))
    ends_at = int(time.time()) + settings.LIMIT_SESSION_SECONDS
    call = Call(begins.wanted, begins.model_of_server, tuple(begins.languages), ends_at, usual)
    try:
        pk, answer = await calls.begin(token, sdp, VIA, listen(begins.wishes, token.user), CHANNEL, call)
    except MessageError as error:
        raise refusal_of(error) from error
    response = HttpResponse(answer.sdp, status=201, content_type=_SDP)
    response["Location"] = f"{reverse('openai-calls')}/{_BEGINNING}{pk.hex}"
    return response


@endpoint(OPENAI, "POST", scope=Scope.LIVE, find=_find)
async def _hang_up(request: HttpRequest, token: ApiToken, name: str) -> HttpResponse:
    pk = identifier(name)
    if pk is None or not await database_sync_to_async(calls.find)(token.user, pk, VIA):
        raise Refusal(404, "not_found", _("There is no such call."))
    await calls.hang_up(pk)
    return HttpResponse()


_for_pages = cross_origin(
    "POST",
    "OPTIONS",
    read="Location",
    send="Authorization, Content-Type, X-OpenAI-Agents-SDK",
    only=_is_for_pages,
)


@_for_pages
async def call(request: HttpRequest) -> HttpResponseBase:
    """Takes an offer; the answer is a whole one, with all candidates."""
    return HttpResponse(status=204) if request.method == "OPTIONS" else await _call(request)


@_for_pages
async def hang_up(request: HttpRequest, name: str) -> HttpResponseBase:
    """Ends a call of the same account."""
    return HttpResponse(status=204) if request.method == "OPTIONS" else await _hang_up(request, name=name)


def identifier(name: str) -> uuid.UUID | None:
    """The session of a call with this id; None for what is no id."""
    try:
        return uuid.UUID(hex=name.removeprefix(_BEGINNING)) if name.startswith(_BEGINNING) else None
    except ValueError:
        return None


def _sent(request: HttpRequest) -> tuple[str, Mapping[str, Any] | None]:
    """The offer, and the session if one came with it. Raises Refusal."""
    body = short_body(request, settings.LIMIT_OFFER_BYTES + settings.LIMIT_MESSAGE_BYTES)
    if body is None:
        raise Refusal(413, "invalid_value", _("This request is too long."))
    session = None
    if request.content_type == _FORM:
        form = _form(request, body)
        sdp = str(form.get("sdp", ""))
        session = _object(str(form.get("session") or "{}"))
    elif request.content_type == _SDP:
        sdp = body.decode("utf-8", "replace")
    else:
        sentence = _("Send your SDP offer as application/sdp, or as a form with sdp and session.")
        raise Refusal(415, "invalid_value", sentence)
    if not sdp.startswith("v=0"):
        raise Refusal(400, "invalid_offer", _("Send an SDP offer, which begins with “v=0”."), param="sdp")
    if len(sdp) > settings.LIMIT_OFFER_BYTES:
        sentence = _("An offer may have %(bytes)s bytes at most.") % {"bytes": settings.LIMIT_OFFER_BYTES}
        raise Refusal(413, "invalid_offer", sentence, param="sdp")
    return sdp, session


def _form(request: HttpRequest, body: bytes) -> QueryDict:
    """The fields of a form. Raises Refusal."""
    head = {**request.META, "CONTENT_LENGTH": len(body)}
    try:
        return MultiPartParser(
            head, BytesIO(body), request.upload_handlers, request.encoding or "utf-8"
        ).parse()[0]
    except (MultiPartParserError, SuspiciousOperation) as error:
        sentence = _("The form could not be read. Send it as multipart/form-data.")
        raise Refusal(400, "invalid_value", sentence) from error


async def _begins(request: HttpRequest, session: Mapping[str, Any] | None) -> Configuration:
    """How the call begins: as its secret says, then as was sent with the offer."""
    found = await sync_to_async(secrets.find)(sent_token(request), timezone.now())
    begins = await configuration(found.wanted)
    if (model := request.GET.get("model", "")) and not found.wanted:
        begins = begins.replaced_model(model[:_LONGEST_MODEL])
    try:
        return begins.merged(session, flat=False) if session else begins
    except ClientError as error:
        raise refusal_of_client(error) from error


def _object(text: str) -> Mapping[str, Any]:
    try:
        found: dict[str, Any] = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise Refusal(400, "invalid_json", _("session must be JSON: an object."), param="session") from error
    return found
