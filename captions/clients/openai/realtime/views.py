"""`POST /v1/realtime/client_secrets`, and its two predecessors of the beta."""

import time
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec import Meta, Struct

from ....dialects.openai_realtime.configuration import Configuration
from ....dialects.openai_realtime.errors import ClientError
from ....dialects.openai_realtime.identifiers import new_id
from ....models import ApiToken, Scope
from ....tokens.admission import Refusal
from ....tokens.endpoint import endpoint
from ...short_body import short_body
from ..errors import OPENAI
from . import secrets
from .wanted import configuration, refusal_of_client

Body = TypeVar("Body")


class _ExpiresAfter(Struct):
    anchor: Literal["created_at"] = "created_at"
    seconds: Annotated[int, Meta(ge=secrets.LEAST_SECONDS, le=secrets.MOST_SECONDS)] = secrets.USUAL_SECONDS


class _Wanted(Struct):
    expires_after: _ExpiresAfter | None = None
    session: dict[str, Any] | None = None


@endpoint(OPENAI, "POST", scope=Scope.LIVE)
async def client_secrets(request: HttpRequest, token: ApiToken) -> JsonResponse:
    """A secret for sessions that begin as `session` says; they may last longer than it."""
    wanted = _body(request, _Wanted)
    begins = await _merged(wanted.session or {}, flat=False)
    seconds = (wanted.expires_after or _ExpiresAfter()).seconds
    value, expires_at = await _made(token, begins, seconds)
    shown = begins.shown(new_id("sess"), _ends_at(), flat=False)
    return JsonResponse({"value": value, "expires_at": expires_at, "session": shown})


@endpoint(OPENAI, "POST", scope=Scope.LIVE)
async def transcription_sessions(request: HttpRequest, token: ApiToken) -> JsonResponse:
    """The same, as the beta had it."""
    return JsonResponse(await _flat(request, token, "realtime.transcription_session"))


@endpoint(OPENAI, "POST", scope=Scope.LIVE)
async def sessions(request: HttpRequest, token: ApiToken) -> JsonResponse:
    """The same, as the beta had it for those who talk with a model; here it only listens."""
    return JsonResponse({**await _flat(request, token, "realtime.session"), "modalities": ["text"]})


async def _flat(request: HttpRequest, token: ApiToken, name: str) -> dict[str, Any]:
    begins = await _merged(_body(request, dict[str, Any]), flat=True)
    value, expires_at = await _made(token, begins, secrets.USUAL_SECONDS)
    return {
        **begins.shown(new_id("sess"), _ends_at(), flat=True),
        "object": name,
        "model": begins.model,
        "client_secret": {"value": value, "expires_at": expires_at},
    }


async def _made(token: ApiToken, begins: Configuration, seconds: int) -> tuple[str, int]:
    return await sync_to_async(secrets.make)(token, begins.wanted, seconds, timezone.now())


async def _merged(session: dict[str, Any], *, flat: bool) -> Configuration:
    begins = await configuration()
    try:
        return begins.merged(session, flat=flat)
    except ClientError as error:
        raise refusal_of_client(error) from error


def _body(request: HttpRequest, kind: type[Body]) -> Body:
    body = short_body(request, settings.LIMIT_MESSAGE_BYTES)
    if body is None:
        raise Refusal(413, "invalid_value", _("This request is too long."))
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        sentence = _("The request is not understood: %(error)s.") % {"error": str(error)[:200]}
        raise Refusal(400, "invalid_value", sentence) from error


def _ends_at() -> int:
    return int(time.time()) + settings.LIMIT_SESSION_SECONDS
