"""For the phone: the link that the QR code shows, and the page of one that has joined. Neither asks for a login.

Whoever opens a link learns of the dictation only that there is one.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from ...models import Session
from ...protocol.messages import MessageError
from . import grants, joining


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("key", "cookie")
def join(request: HttpRequest, key: str) -> HttpResponse:
    """Asks whether this device is to be a microphone; only POST uses the link up, since programs look at links, too."""
    if request.method != "POST":
        if not grants.may_join(key):
            return _refused(request, joining.expired())
        return _private(render(request, "captions/live/joining/join.html"))
    try:
        cookie = joining.join(key)
    except joining.JoinError as error:
        return _refused(request, str(error))
    response = _private(redirect("device"))
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        cookie,
        max_age=settings.LIMIT_SESSION_SECONDS,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The page of a device that has joined: its microphone, and the text of the dictation."""
    grant = grants.of_cookie(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""))
    if grant is None:
        return _refused(request, joining.left().message)
    try:
        session = joining.check(grant)
    except MessageError as error:
        return _refused(request, error.message)
    page_data = {"socket": f"{Session.socket_path(session.pk)}device/"}
    return _private(render(request, "captions/live/joining/device.html", {"page_data": page_data}))


def _refused(request: HttpRequest, sentence: str) -> HttpResponse:
    return _private(render(request, "captions/live/joining/refused.html", {"sentence": sentence}, status=404))


def _private(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex"
    # The address may have the key in it. Without any referrer, browsers would send a form without its origin.
    response["Referrer-Policy"] = "strict-origin"
    return response
