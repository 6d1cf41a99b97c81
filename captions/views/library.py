"""What a person has said so far: the history and its search."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ..forms import SessionForm, first_error
from ..models import Session
from ..transcripts.search import MAX_QUERY, Search
from .requests import UserRequest
from .transcript import own_session, refused

PAGE_SIZE = 20


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def history(request: UserRequest) -> HttpResponse:
    """GET lists the sessions, or those in which `q` is found; POST makes a new one and says where its socket is."""
    return _create(request) if request.method == "POST" else _list(request)


def _list(request: UserRequest) -> HttpResponse:
    search = Search(request.user, request.GET.get("q", ""))
    if search.text:
        page = Paginator(search.ranking, PAGE_SIZE).get_page(request.GET.get("page"))
        context = {"page": page, "found": search.found(page.object_list)}
    else:
        sessions = request.user.sessions.newest_first().with_first_line()
        context = {"page": Paginator(sessions, PAGE_SIZE).get_page(request.GET.get("page"))}
    return render(
        request, "captions/library/history.html", {"search": search, "max_query": MAX_QUERY, **context}
    )


def _create(request: UserRequest) -> HttpResponse:
    form = SessionForm(request.POST, instance=Session(user=request.user))
    if not form.is_valid():
        return refused(first_error(form))
    session = form.save()
    answer = {
        "id": str(session.pk),
        "socket": f"/ws/sessions/{session.pk}/",
        "url": session.get_absolute_url(),
    }
    return JsonResponse(answer, status=201)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: UserRequest, pk: UUID) -> HttpResponse:
    """Asks, saying what goes; a POST deletes the session and every word of it."""
    session = own_session(request.user, pk)
    if request.method == "POST":
        session.erase()
        messages.success(request, f"“{session}” is deleted.")
        return redirect("history")
    template = "_delete_dialog" if request.htmx else "delete"
    context = {"session": session, "utterances": session.utterances.with_text().count()}
    return render(request, f"captions/library/{template}.html", context)
