"""What surrounds each of the simple endpoints: whether they are open, the token in the address, errors as JSON."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from ...models import Scope
from ...tokens.admission import Refusal, sent_token
from ...tokens.endpoint import View, endpoint
from ..cross_origin import cross_origin


class Simple:
    name = "simple"

    def refusal(self, refusal: Refusal) -> HttpResponse:
        response = JsonResponse(
            {"code": refusal.code, "message": refusal.sentence},
            status=refusal.status,
            json_dumps_params={"ensure_ascii": False},
        )
        refusal.put_on(response)
        return response


SIMPLE = Simple()


def token_of(request: HttpRequest) -> str:
    """The text of the token: from the head, else from the address, since an EventSource can send no head."""
    return sent_token(request) or request.GET.get("token", "")


def simple(*methods: str) -> Callable[[View], View]:
    """Makes a view `(request, token)` one of the simple endpoints; 404 where they are not open."""

    def decorate(view: View) -> View:
        admitted = endpoint(SIMPLE, *methods, "OPTIONS", scope=Scope.LIVE, sent=token_of)(view)

        @cross_origin(*methods, "OPTIONS")
        @wraps(view)
        async def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            require_open()
            if request.method == "OPTIONS":
                return HttpResponse(status=204)
            return await admitted(request, *args, **kwargs)

        return answer

    return decorate


def require_open() -> None:
    """Raises Http404 unless SIMPLE_ENDPOINTS opens them."""
    if not settings.SIMPLE_ENDPOINTS:
        raise Http404
