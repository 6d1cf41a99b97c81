"""Pages that list the versions of a transcript or of a sentence, and restore them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ...models import Session, Utterance
from ...web.requests import UserRequest, own_session
from ..editing import EditError, GoneError
from ..forms.editing import ChangeForm, RestoreForm
from ..speakers import speakers_of
from ..versions import Changes, restore, restore_session
from .corrections import own_utterance

PAGE_SIZE = 20


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def of_session(request: UserRequest, pk: UUID) -> HttpResponse:
    """GET lists all changes, newest first; POST restores the transcript to its state after one of them."""
    session = own_session(request.user, pk)
    if request.method != "POST":
        return _page(request, session, None)
    form = ChangeForm(request.POST)
    try:
        if not form.is_valid():
            raise EditError(_("This version does not exist."))
        rows = restore_session(session, form.cleaned_data["change"], request.user)
    except GoneError as error:
        raise Http404 from error
    except EditError as error:
        messages.error(request, str(error))
        return redirect("session-versions", pk)
    messages.success(
        request,
        _("The transcript was restored.")
        if rows
        else _("The transcript already matches this version. Nothing was changed."),
    )
    return redirect(session)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def of_utterance(request: UserRequest, pk: UUID, seq: int) -> HttpResponse:
    """GET lists the changes of one sentence, newest first; POST restores one of its versions."""
    row = own_utterance(request, pk, seq)
    if request.method != "POST":
        return _page(request, row.session, row)
    form = RestoreForm(request.POST)
    try:
        if not form.is_valid():
            raise EditError(_("This version does not exist."))
        restore(row, form.cleaned_data["wanted"], form.cleaned_data["version"], request.user)
    except GoneError as error:
        raise Http404 from error
    except EditError as error:
        messages.error(request, str(error))
        return redirect("utterance-versions", pk, seq)
    messages.success(request, _("The sentence was restored."))
    return redirect(f"{row.session.get_absolute_url()}#u-{row.seq}")


def _page(request: UserRequest, session: Session, row: Utterance | None) -> HttpResponse:
    changes: Any = Changes(session, row)
    page = Paginator(changes, PAGE_SIZE).get_page(request.GET.get("page"))
    heard = row.history.filter(version=1).first() if row else None
    return render(
        request,
        "captions/transcripts/versions.html",
        {"session": session, "row": row, "page": page, "heard": heard, "speakers": speakers_of(session)},
    )
