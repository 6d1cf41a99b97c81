"""Every page speaks its reader's language."""

from collections.abc import Callable

from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from redis import RedisError

from ..core.interface_language import language_for
from ..models import User


class InterfaceLanguageMiddleware:
    """What a person has chosen goes before what the browser accepts; Django's own middleware knows no persons.

    The language stays until the next request, as with Django's: what is streamed is made after this has returned.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        speak_to(request)
        response = self._get_response(request)
        patch_vary_headers(response, ["Accept-Language"])
        return response


def speak_to(request: HttpRequest) -> None:
    """From here on texts are in the language of whoever asks, as they have chosen it by now."""
    translation.activate(language_for(_chosen(request), request.headers.get("Accept-Language", "")))


def _chosen(request: HttpRequest) -> str:
    try:
        user = request.user
        return user.interface_language if isinstance(user, User) else ""
    except (DatabaseError, RedisError):
        # That a store is away is for the view to find out, and for a page to say.
        return ""
