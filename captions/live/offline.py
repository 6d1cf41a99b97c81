"""The dictation page that a browser keeps, to open it where the server cannot be reached.

It tells nothing of the account but how its pages look, and has no token: what it records is encrypted with a key that
the browser has from the login, and is delivered with a token that it asks for then.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..jobs.speech_settings import service
from ..protocol.registry import WorkerState
from ..web.choices import known_workers
from ..web.requests import UserRequest
from ..web.script_catalog import module_path, modules_of
from ..web.service_worker import offline_in
from .page import context_of

_ENTRY = "app/dictation/main"
# Loaded in a way in which no import shows.
_WORKLET = "app/dictation/tape/collector"


@require_safe
@login_required
@never_cache
def page(request: UserRequest) -> HttpResponse:
    return render(request, "captions/live/dictation.html", _context(request, known_workers()))


def about(request: UserRequest, workers: Sequence[WorkerState]) -> dict[str, str] | None:
    """What the dictation page has to know to keep that page; None where nothing is recorded without a connection.

    `version` changes with whatever the page shows.
    """
    if not settings.TAPE_HOURS:
        return None
    user, context = request.user, _context(request, workers)
    elsewhere = service()
    sent_to = elsewhere.writer if elsewhere else ""
    shown = [sent_to, get_language(), user.theme, user.time_zone, user.dots, user.announce, user.is_staff]
    material = json.dumps([*shown, context["language"], context["page_data"]], default=str)
    return {
        "url": reverse("offline"),
        "cache": offline_in(),
        "version": sha256(material.encode()).hexdigest()[:16],
    }


@lru_cache(maxsize=1)
def _files() -> list[str]:
    return [static(module_path(name)) for name in sorted({*modules_of(_ENTRY), _WORKLET})]


def _context(request: UserRequest, workers: Sequence[WorkerState]) -> dict[str, Any]:
    message = gettext(
        "Not connected. What you say is recorded on this device, and its words follow when there is a connection."
    )
    context = context_of(request, None, workers)
    context["page_data"] |= {"offline_files": _files(), "model": {"state": "offline", "message": message}}
    # The words of an account are none of the device's business.
    context["page_data"]["listening"] |= {"account_words": []}
    return {**context, "is_offline": True, "csrf_token": "", "messages": []}
