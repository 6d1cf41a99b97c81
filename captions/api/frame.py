"""What surrounds every operation: its token, errors as JSON, the number of the request, the metrics."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.security import HttpBearer

from ..core.errors import RefusedError
from ..models import ApiToken, Scope
from ..tokens.admission import Admitted, Refusal, admit
from ..tokens.endpoint import counted, refusal_of, request_number
from ..transcripts.editing import EditConflict, GoneError
from ..transcripts.timely import SlowSearchError

NAME = "api"


class TokenRequest(HttpRequest):
    """The request of an operation; `auth` is the token that it came with."""

    auth: ApiToken


class Token(HttpBearer):
    """A token that has the scope."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope

    def __call__(self, request: HttpRequest) -> ApiToken:
        admitted = admit(request, self._scope)
        request._admitted = admitted  # type: ignore[attr-defined]
        return admitted.token

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        raise NotImplementedError


READS, WRITES, WEBHOOKS = Token(Scope.READ), Token(Scope.WRITE), Token(Scope.WEBHOOKS)


def framed(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """An operation with the number of its request, which leaves its place at the end."""

    @wraps(run)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        number = request_number()
        with structlog.contextvars.bound_contextvars(request=number):
            response = run(request, *args, **kwargs)
        admitted: Admitted | None = getattr(request, "_admitted", None)
        if admitted is not None:
            admitted.leave()
        return counted(response, number, NAME)

    return wrapped


def answer_errors(api: NinjaAPI) -> None:
    """Makes the API answer what its operations raise."""

    def refuse(request: HttpRequest, refusal: Refusal, **more: Any) -> HttpResponse:
        answer = {"code": refusal.code, "message": refusal.sentence, **more}
        response = api.create_response(request, answer, status=refusal.status)
        refusal.put_on(response)
        return response

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        first = error.errors[0]
        place = ".".join(
            str(each) for each in first["loc"] if each not in ("body", "query", "path", "payload")
        )
        sentence = f"{place}: {first['msg']}" if place else str(first["msg"])
        return refuse(request, Refusal(400, "invalid", sentence))

    @api.exception_handler(EditConflict)
    def conflict(request: HttpRequest, error: EditConflict) -> HttpResponse:
        return refuse(request, Refusal(409, "conflict", str(error)), version=error.stored.version)

    @api.exception_handler(GoneError)
    def gone(request: HttpRequest, error: GoneError) -> HttpResponse:
        return refuse(request, Refusal(404, "not_found", str(error)))

    @api.exception_handler(RefusedError)
    def refused(request: HttpRequest, error: RefusedError) -> HttpResponse:
        return refuse(request, Refusal(400, "invalid", str(error)))

    @api.exception_handler(SlowSearchError)
    def too_slow(request: HttpRequest, error: SlowSearchError) -> HttpResponse:
        return refuse(request, Refusal(503, "too_slow", str(error)))

    @api.exception_handler(Http404)
    @api.exception_handler(Exception)
    def failed(request: HttpRequest, error: Exception) -> HttpResponse:
        return refuse(request, refusal_of(error, NAME))
