"""Views of the trash: its page, restoring from it, and deleting for good."""

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from ...web.requests import UserRequest
from .. import session_list, trash
from .selection import MOST, ChoiceError, confirmation, picked

PAGE_SIZE = 50
_GONE = gettext_noop("It has been permanently deleted, or restored already.")


@login_required
@never_cache
@require_safe
def page(request: UserRequest) -> HttpResponse:
    sessions = session_list.listed(trash.of(request.user))
    shown = Paginator(sessions, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": shown,
        "rows": [session_list.row(session) for session in shown.object_list],
        "days": settings.TRASH_KEEP_DAYS,
    }
    return render(request, "captions/transcripts/trash.html", context)


@login_required
@never_cache
@require_POST
def restore(request: UserRequest) -> HttpResponse:
    """Restores the selected transcripts; with `at`, the moment of a deletion, undoes that."""
    moment = request.POST.get("at")
    try:
        if moment is None:
            count = trash.restore(trash.of(request.user).filter(pk__in=picked(request)))
        else:
            at = _moment(moment)
            count = trash.restore_from(request.user, at) if at else 0
    except ChoiceError as error:
        return _refused(request, error)
    if count:
        done = ngettext("%(count)s transcript was restored.", "%(count)s transcripts were restored.", count)
        messages.success(request, done % {"count": intcomma(count)})
    else:
        messages.error(request, _(_GONE))
    return redirect("session-trash" if moment is None else "history")


@login_required
@never_cache
@require_POST
def erase(request: UserRequest) -> HttpResponse:
    """Asks for confirmation; with `sure`, deletes the selected transcripts for good.

    With `everything`, those are all in the trash, but at most MOST at once.
    """
    mine = trash.of(request.user)
    try:
        chosen = mine if "everything" in request.POST else mine.filter(pk__in=picked(request))
    except ChoiceError as error:
        return _refused(request, error)
    ids = list(chosen.values_list("pk", flat=True)[:MOST])
    if "sure" not in request.POST and ids:
        page = reverse("session-trash")
        return confirmation(request, ids, {"days": 0, "action": reverse("session-trash-erase"), "back": page})
    count = trash.erase(mine.filter(pk__in=ids))
    done = ngettext(
        "%(count)s transcript was permanently deleted.",
        "%(count)s transcripts were permanently deleted.",
        count,
    )
    if count:
        messages.success(request, done % {"count": intcomma(count)})
    else:
        messages.error(request, _(_GONE))
    return redirect("session-trash")


def _refused(request: UserRequest, error: ChoiceError) -> HttpResponse:
    messages.error(request, str(error))
    if request.htmx:
        # htmx then loads the address instead of inserting the response into the page.
        return HttpResponse(headers={"HX-Redirect": reverse("session-trash")})
    return redirect("session-trash")


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
