"""The frame of every view that a token opens: who may enter, and what is answered where something fails."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from datetime import datetime
from functools import wraps
from typing import Any, Protocol, TypeVar
from uuid import uuid4

import structlog
from asgiref.sync import sync_to_async
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from redis import RedisError

from .. import metrics
from ..core.cancellation import completed
from ..models import ApiToken, Scope
from ..protocol.messages import MessageError
from .admission import Admitted, Refusal, admit, sent_token
from .finding import find

log = structlog.get_logger(__name__)

_RETRY_SECONDS = 5

Response = TypeVar("Response", bound=HttpResponseBase)
View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]


class Dialect(Protocol):
    """How one family of clients is spoken to."""

    name: str
    """For the metrics."""

    def refusal(self, refusal: Refusal) -> HttpResponseBase: ...


def endpoint(
    dialect: Dialect,
    *methods: str,
    scope: Scope | None,
    sent: Callable[[HttpRequest], str] = sent_token,
    find: Callable[[str, datetime], ApiToken] = find,
) -> Callable[[View], View]:
    """Makes an async view `(request, token, …)` of a dialect from one that may raise Refusal and Http404.

    `sent` reads the token from a request; `find` finds it by its text, and raises TokenError.

    There is no CSRF check, since no cookie is looked at: a token is sent by nothing but a program that has it.
    """

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        async def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            number = request_number()
            with structlog.contextvars.bound_contextvars(request=number):
                response = await _answer(request, *args, **kwargs)
            return counted(response, number, dialect.name)

        async def _answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                if request.method not in methods:
                    raise _wrong_method(request, methods)
                # A request that is cancelled now would keep its place.
                admitted = await completed(sync_to_async(admit)(request, scope, sent, find))
                return await _in_its_place(admitted, view(request, admitted.token, *args, **kwargs))
            except Exception as error:
                return dialect.refusal(refusal_of(error, dialect.name))

        return answer

    return decorate


async def _in_its_place(
    admitted: Admitted, answering: Coroutine[Any, Any, HttpResponseBase]
) -> HttpResponseBase:
    """The answer. The place of its request is left then, or at the end of one that is streamed."""
    goes_on = False
    try:
        # A cancellation that waited for the place comes here, and not within a client library that may swallow it.
        await asyncio.sleep(0)
        response = await answering
        if isinstance(response, StreamingHttpResponse) and response.is_async:
            response.streaming_content = _until_over(response.streaming_content, admitted)
            # Where it is closed before anything of it was sent.
            response._resource_closers.append(admitted.leave)  # type: ignore[attr-defined]
            goes_on = True
        return response
    finally:
        answering.close()
        if not goes_on:
            await completed(sync_to_async(admitted.leave)())


async def _until_over(content: Any, admitted: Admitted) -> AsyncIterator[Any]:
    try:
        async with aclosing(content):
            async for part in content:
                yield part
    finally:
        await sync_to_async(admitted.leave)()


def request_number() -> str:
    """A new number, by which a request is found in the log."""
    return f"req_{uuid4().hex}"


def counted(response: Response, number: str, dialect: str) -> Response:
    """The answer with the number of its request, counted for the metrics."""
    response["x-request-id"] = number
    metrics.API_REQUESTS.labels(dialect, f"{response.status_code // 100}xx").inc()
    return response


def refusal_of(error: Exception, dialect: str) -> Refusal:
    """What is answered where a view raised `error`; logs it."""
    if isinstance(error, Refusal):
        log.info("request_refused", dialect=dialect, code=error.code)
        return error
    if isinstance(error, MessageError):
        log.info("request_refused", dialect=dialect, code=error.code)
        return Refusal(503 if error.retryable else 400, error.code, error.message)
    if isinstance(error, Http404):
        return Refusal(404, "not_found", _("There is nothing here."))
    if isinstance(error, RequestDataTooBig):
        return Refusal(413, "too_large", _("This request is too long."))
    if isinstance(error, SuspiciousOperation | MultiPartParserError):
        return Refusal(400, "invalid", _("The form could not be read. Send it as multipart/form-data."))
    if isinstance(error, OperationalError | InterfaceError | RedisError):
        log.error("store_outage", dialect=dialect, error=type(error).__name__)
        sentence = _("A part of the server cannot be reached at the moment. Try again in a minute.")
        return Refusal(503, "unavailable", sentence, retry_after=_RETRY_SECONDS)
    log.error("request_failed", dialect=dialect, exc_info=error)
    return Refusal(500, "failed", _("The server failed. It has been logged."))


def _wrong_method(request: HttpRequest, methods: tuple[str, ...]) -> Refusal:
    allowed = ", ".join(methods)
    return Refusal(
        405,
        "wrong_method",
        _("Use %(methods)s here.") % {"methods": allowed},
        headers=(("Allow", allowed),),
    )
