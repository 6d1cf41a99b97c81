"""The WHIP endpoint, and the resource of each dictation that a program sends sound to."""

import uuid
from collections.abc import Iterable
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import parse_etags
from django.utils.translation import gettext as _

from ...live.exchange import add_candidates, stop
from ...models import ApiToken, Scope
from ...protocol.messages import MessageError
from ...tokens.admission import Refusal
from ...tokens.endpoint import endpoint
from ..cross_origin import cross_origin
from ..offers import refusal_of
from ..short_body import short_body
from . import publishing
from .candidates import candidates_in
from .errors import WHIP

_SDP = "application/sdp"
_FRAGMENT = "application/trickle-ice-sdpfrag"
_READ = "Location, ETag, Link"
_SENT = "Authorization, Content-Type, If-Match"


class LinkedResponse(HttpResponse):
    """An answer with a `Link` for each of the `links`, in a header of its own: OBS reads one in each."""

    links: tuple[str, ...] = ()

    def items(self) -> Any:
        return [*super().items(), *(("Link", link) for link in self.links)]


@endpoint(WHIP, "POST", "OPTIONS", scope=Scope.LIVE)
async def _endpoint(request: HttpRequest, token: ApiToken, pk: uuid.UUID | None = None) -> HttpResponse:
    if request.method == "OPTIONS":
        return _options(_ice_links())
    sdp = _body(request, _SDP)
    if not sdp.startswith("v=0"):
        raise Refusal(400, "malformed", _("Send an SDP offer, which begins with “v=0”."))
    try:
        published = await publishing.publish(token, sdp, request.GET.dict(), pk)
    except MessageError as error:
        raise refusal_of(error) from error
    response = LinkedResponse(published.answer.sdp, status=201, content_type=_SDP)
    response["Location"] = reverse("whip-session", args=[published.session])
    response["ETag"] = _etag(published.answer.gen)
    response.links = tuple(_ice_links())
    return response


@cross_origin("POST", "OPTIONS", read=_READ, send=_SENT)
async def whip(request: HttpRequest, pk: uuid.UUID | None = None) -> HttpResponseBase:
    """POST takes an offer for a new dictation, or for `pk` of the account's own."""
    if request.method == "OPTIONS" and "Authorization" not in request.headers:
        return _options()
    return await _endpoint(request, pk=pk)


@endpoint(WHIP, "PATCH", "DELETE", "OPTIONS", scope=Scope.LIVE)
async def _resource(request: HttpRequest, token: ApiToken, pk: uuid.UUID) -> HttpResponse:
    if request.method == "DELETE":
        if not await database_sync_to_async(publishing.release)(token, pk):
            raise Http404
        await stop(token.user, pk)
        return HttpResponse()
    session = await database_sync_to_async(publishing.own)(token, pk)
    if session is None:
        raise Http404
    _check_match(request, session.gen)
    await add_candidates(pk, session.gen, candidates_in(_body(request, _FRAGMENT)))
    return HttpResponse(status=204)


@cross_origin("PATCH", "DELETE", "OPTIONS", read=_READ, send=_SENT)
async def session(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """PATCH takes candidates for the last offer of the dictation, DELETE ends it."""
    if request.method == "OPTIONS":
        return _options()
    return await _resource(request, pk=pk)


def _body(request: HttpRequest, kind: str) -> str:
    """The text of a request of this type. Raises Refusal."""
    if request.content_type != kind:
        raise Refusal(415, "wrong_type", _("Send it as %(type)s.") % {"type": kind})
    most = settings.LIMIT_OFFER_BYTES
    body = short_body(request, most)
    if body is None:
        sentence = _("An offer may have %(bytes)s bytes at most.") % {"bytes": most}
        raise Refusal(413, "too_large", sentence)
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Refusal(400, "malformed", _("The text is not UTF-8.")) from error


def _check_match(request: HttpRequest, gen: int) -> None:
    """Raises Refusal where the request is for another connection. Some programs do not say for which one it is."""
    sent = request.headers.get("If-Match")
    if sent is None:
        return
    if sent.strip().strip('"') == "*":
        raise Refusal(422, "no_ice_restart", _("An ICE restart is not supported. Send a new offer instead."))
    if _etag(gen) not in parse_etags(sent):
        raise Refusal(412, "precondition_failed", _("Another connection has taken its place."))


def _etag(gen: int) -> str:
    return f'"{gen}"'


def _options(links: Iterable[str] = ()) -> LinkedResponse:
    response = LinkedResponse(status=204)
    response["Accept-Post"] = _SDP
    response.links = tuple(links)
    return response


def _ice_links() -> list[str]:
    """A link to each STUN and TURN server (RFC 9725, 4.6)."""
    links = []
    for server in settings.ICE_SERVERS:
        urls = server.get("urls", [])
        for url in [urls] if isinstance(urls, str) else urls:
            link = f'<{url}>; rel="ice-server"'
            if server.get("credential"):
                username, credential = server.get("username", ""), server["credential"]
                link += f'; username="{username}"; credential="{credential}"; credential-type="password"'
            links.append(link)
    return links
