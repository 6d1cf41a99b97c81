"""What a person has said so far: the history, its search, and one transcript."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..forms import RenameForm, SessionForm, first_error
from ..models import Session, User
from ..transcripts.export import FORMATS
from ..transcripts.search import MAX_QUERY, Search
from .requests import UserRequest

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
        return _refused(first_error(form))
    session = form.save()
    answer = {
        "id": str(session.pk),
        "socket": f"/ws/sessions/{session.pk}/",
        "url": session.get_absolute_url(),
    }
    return JsonResponse(answer, status=201)


@login_required
@never_cache
@require_safe
def session(request: UserRequest, pk: UUID) -> HttpResponse:
    """The transcript; with `q`, what is searched for is marked in it."""
    return _transcript(request, _own(request.user, pk))


def _transcript(request: UserRequest, session: Session, form: RenameForm | None = None) -> HttpResponse:
    search = Search(request.user, request.GET.get("q", ""))
    marked = search.in_session(session)
    rows = session.utterances.in_time().defer("words", "search")
    return render(
        request,
        "captions/library/session.html",
        {
            "session": session,
            "rows": [(row, marked.get(row.seq)) for row in rows],
            "search": search,
            "hits": len(marked),
            "formats": FORMATS.values(),
            "form": form or RenameForm(instance=session),
        },
        status=400 if form else 200,
    )


@login_required
@require_POST
def rename(request: UserRequest, pk: UUID) -> HttpResponse:
    """Changes the title; leads back to the transcript, or tells a script the title as it stands now."""
    session = _own(request.user, pk)
    form = RenameForm(request.POST, instance=_own(request.user, pk))
    wants_json = request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    if not form.is_valid():
        return _refused(first_error(form)) if wants_json else _transcript(request, session, form)
    session.rename(form.cleaned_data["title"])
    return JsonResponse({"title": session.title}) if wants_json else redirect(session)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: UserRequest, pk: UUID) -> HttpResponse:
    """Asks, saying what goes; a POST deletes the session and every word of it."""
    session = _own(request.user, pk)
    if request.method == "POST":
        session.erase()
        messages.success(request, f"“{session}” is deleted.")
        return redirect("history")
    template = "_delete_dialog" if request.htmx else "delete"
    context = {"session": session, "utterances": session.utterances.count()}
    return render(request, f"captions/library/{template}.html", context)


def _own(user: User, pk: UUID) -> Session:
    return get_object_or_404(user.sessions, pk=pk)


def _refused(sentence: str) -> JsonResponse:
    return JsonResponse({"code": "invalid", "message": sentence}, status=400)
