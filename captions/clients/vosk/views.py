"""What is answered at the addresses of the socket where no socket is asked for."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def only_a_socket(request: HttpRequest, rest: str = "") -> HttpResponse:
    """426, and nothing in the log, where the address would be: it may hold a token."""
    sentence = _("Connect a WebSocket here, with a program that speaks to Vosk.")
    response = HttpResponse(f"{sentence}\n", status=426, content_type="text/plain; charset=utf-8")
    response["Upgrade"] = "websocket"
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
