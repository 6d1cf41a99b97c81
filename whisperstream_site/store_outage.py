"""Answers requests with a page that explains the outage when a store cannot be reached."""

from collections.abc import Callable

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from redis import RedisError

log = structlog.get_logger(__name__)

_RETRY_SECONDS = 5
_SENTENCES = {
    "PostgreSQL": gettext_noop(
        "The database cannot be reached at the moment. Everything that was shown as saved is safe."
    ),
    "Valkey": gettext_noop(
        "A part of the server cannot be reached at the moment. Everything that was shown as saved is safe."
    ),
}


class StoresAwayMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, OperationalError | InterfaceError | RedisError):
            return None
        store = "Valkey" if isinstance(exception, RedisError) else "PostgreSQL"
        log.error("store_outage", store=store, path=request.path, error=type(exception).__name__)
        # Without the request, since its context processors would query the store.
        page = render_to_string("503.html", {"sentence": _(_SENTENCES[store])})
        response = HttpResponse(page, status=503)
        response["Retry-After"] = str(_RETRY_SECONDS)
        # It was logged above, with the store's name.
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response
