"""Views that change the tags of a transcript, and that read and accept its proposed title."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from ...models import Session
from ...web.requests import UserRequest, own_session
from .. import session_list, tagging, titles
from ..filters import NO_TAG, Filters


@login_required
@require_POST
def tags(request: UserRequest, pk: UUID) -> HttpResponse:
    """Adds the tags that commas separate in `add`, or removes those in `remove`; htmx gets all (see _part)."""
    session = own_session(request.user, pk)
    error = ""
    try:
        if "remove" in request.POST:
            tagging.remove(request.user, [session], request.POST["remove"])
        else:
            tagging.add(request.user, [session], request.POST.get("add", ""))
    except tagging.TagError as wrong:
        error = str(wrong)
    if not request.htmx:
        if error:
            messages.error(request, error)
        return _back(request, session)
    context = {
        "session": session,
        "tags": tagging.names(session),
        "tag_error": error,
        "open": True,
    }
    return _part(request, "_tags", context)


@login_required
@never_cache
@require_safe
def title(request: UserRequest, pk: UUID) -> JsonResponse:
    """The title of a session, the one that is proposed where it has none, and its language; each may be empty."""
    session = own_session(request.user, pk)
    return JsonResponse(
        {
            "title": session.title,
            "proposed": titles.proposed_for(session),
            "language": session.heard_language,
        }
    )


@login_required
@require_POST
def favourite(request: UserRequest, pk: UUID) -> HttpResponse:
    """Makes the transcript a favourite, or with "no" none; htmx gets the star (see _part), others a redirect."""
    session = own_session(request.user, pk)
    session.favourite = request.POST.get("favourite") == "yes"
    session.save(update_fields=["favourite"])
    if not request.htmx:
        return _back(request, session)
    context = {"session": session, "proposed": titles.proposed_for(session)}
    return _part(request, "_favourite", context)


@login_required
@require_POST
def keep_title(request: UserRequest, pk: UUID) -> HttpResponse:
    """Makes the proposed title the title of a session that has none."""
    session = own_session(request.user, pk)
    proposed = titles.proposed_for(session)
    if not session.title and proposed:
        session.rename(proposed)
    return _back(request, session)


def _part(request: UserRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """A part of the page `back`; if that is the history, also the folders above the list, which have changed too."""
    back = request.POST.get("back", "")
    path, _, query = back.partition("?")
    context |= {"back": back, "part": f"captions/transcripts/{name}.html", "filters": None}
    if path == reverse("history"):
        context |= {
            "filters": Filters.of(QueryDict(query).dict()),
            "folders": session_list.Folders.of(request.user),
            "no_tag": NO_TAG,
        }
    return render(request, "captions/transcripts/_with_folders.html", context)


def _back(request: UserRequest, session: Session) -> HttpResponse:
    back = request.POST.get("back", "")
    # Only to a page of this site: an open redirect could lead anywhere.
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if is_ours else session.get_absolute_url())
