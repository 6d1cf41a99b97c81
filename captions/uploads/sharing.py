"""Views for files that a device shares with the installed app.

The browser posts them without a CSRF token, of any size. So the service worker keeps them (static/service-worker.js),
and the history uploads them like any others. The files themselves never reach these views.
"""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from ..web.requests import UserRequest


@csrf_exempt
@never_cache
@require_POST
def share(request: HttpRequest) -> HttpResponse:
    """Where the browser posts files while it has no service worker: they are not taken, and the next page says so."""
    return _see_other("share-missed")


@never_cache
@require_safe
def shared(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Sends the user on to the history, which uploads the files that the service worker keeps as `pk`.

    Not if a page of another site has posted them: then nobody shared anything.
    """
    if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        return _see_other("share-missed")
    return _to_history(request, pk)


@login_required
def _to_history(request: HttpRequest, pk: UUID) -> HttpResponse:
    return redirect(f"{reverse('history')}#shared={pk}")


@login_required
@never_cache
@require_safe
def missed(request: UserRequest) -> HttpResponse:
    """Says in the history that no file arrived."""
    messages.warning(request, _("No file arrived. Share it again, or add it here."))
    return redirect("history")


def _see_other(name: str) -> HttpResponse:
    response = redirect(name)
    response.status_code = 303
    return response
