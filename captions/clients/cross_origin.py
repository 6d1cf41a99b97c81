"""Lets pages of any site use an endpoint. It takes a token and no cookies, so that they can do nothing without one."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]


def cross_origin(
    *methods: str,
    read: str = "",
    send: str = "Authorization, Content-Type",
    only: Callable[[HttpRequest], bool] = lambda _request: True,
) -> Callable[[View], View]:
    """Makes a view whose answers, refusals too, a page of another site may read, to `only` these requests.

    `read` are the headers of the answer that it needs, `send` those that it may send.
    """

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        async def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response = await view(request, *args, **kwargs)
            if not only(request):
                return response
            response["Access-Control-Allow-Origin"] = "*"
            if read:
                response["Access-Control-Expose-Headers"] = read
            if request.method == "OPTIONS":
                response["Access-Control-Allow-Methods"] = ", ".join(methods)
                response["Access-Control-Allow-Headers"] = send
                response["Access-Control-Max-Age"] = "86400"
            return response

        return answer

    return decorate
