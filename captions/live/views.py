"""The dictation page."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from ..models import Session
from ..protocol import registry
from ..transcripts.changes import GoneError
from ..web.choices import known_workers
from ..web.requests import UserRequest, own_session, refused
from . import continuing, offline
from .page import context_of


@require_safe
@login_required
@never_cache
def page(request: UserRequest) -> HttpResponse:
    """`/` is a new dictation, `/?session=<uuid>` an existing one of the user's own; 404 for any other session."""
    workers = known_workers()
    context = context_of(request, _asked_for(request), workers)
    return render(
        request, "captions/live/dictation.html", {**context, "offline": offline.about(request, workers)}
    )


@login_required
@require_POST
def continue_(request: UserRequest, pk: uuid.UUID) -> HttpResponse:
    """Reopens a dictation that has ended, for an offer that follows; 409 while it runs, or if it cannot go on.

    With `clock_ms` it goes on there: its page has recorded it itself so far.
    """
    own_session(request.user, pk)
    if registry.is_held(str(pk)):
        return refused(gettext("This dictation is running already, perhaps in another window."), status=409)
    try:
        at_ms = int(request.POST.get("clock_ms") or 0)
        session = continuing.reopen(request.user, pk, timezone.now(), at_ms=at_ms)
    except ValueError:
        return refused(gettext("The clock of a dictation is a number of milliseconds."))
    except continuing.ContinueError as error:
        return refused(str(error), status=409)
    except GoneError as error:
        raise Http404 from error
    return JsonResponse({"id": str(session.pk), "clock_ms": session.clock_now(timezone.now())})


def _asked_for(request: UserRequest) -> Session | None:
    asked = request.GET.get("session")
    if asked is None:
        return None
    try:
        key = uuid.UUID(asked)
    except ValueError as error:
        raise Http404 from error
    return own_session(request.user, key)
