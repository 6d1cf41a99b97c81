"""Selects the language of the interface for each request."""

from collections.abc import Callable

from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from redis import RedisError

from ..core.interface_language import language_for
from ..models import User


class InterfaceLanguageMiddleware:
    """Activates the language that the user chose, or else the one that the browser prefers.

    Django's own middleware does not know the user's choice. As with that, the language stays active until the next
    request, because streamed responses are generated after this has returned.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        speak_to(request)
        response = self._get_response(request)
        patch_vary_headers(response, ["Accept-Language"])
        return response


def speak_to(request: HttpRequest) -> None:
    """Activates the language of the user of a request, as currently chosen."""
    translation.activate(language_for(_chosen(request), request.headers.get("Accept-Language", "")))


def _chosen(request: HttpRequest) -> str:
    try:
        user = request.user
        return user.interface_language if isinstance(user, User) else ""
    except (DatabaseError, RedisError):
        # The view will meet the same outage and report it.
        return ""
