"""The history: the session list with its search and filters."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ...models import Session
from ...web.form_errors import first_error
from ...web.requests import UserRequest, own_session, refused
from .. import session_list, titles, trash
from ..export import in_order
from ..filters import CORRECTED, LENGTHS, NO_TAG, SOURCES, WHEN, Order
from ..forms.session import SessionForm
from ..search import MAX_QUERY
from ..timely import SlowSearchError
from .downloads import usual_format
from .selection import said_with_undo

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGE_SIZE = 20
_ORDERS = {
    Order.BEST: _("Best match first"),
    Order.NEWEST: _("Newest first"),
    Order.OLDEST: _("Oldest first"),
    Order.LONGEST: _("Longest first"),
}


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def history(request: UserRequest) -> HttpResponse:
    """GET lists the sessions, or those that match `q`; POST makes a session and answers with its socket as JSON."""
    return _create(request) if request.method == "POST" else _list(request)


@dataclass(frozen=True, slots=True)
class _Choice:
    """A select control of the history; `name` is its parameter in the query string."""

    name: str
    label: "StrOrPromise"
    options: "list[tuple[str, StrOrPromise]]"
    value: str

    @property
    def is_rare(self) -> bool:
        """Whether it is one of those for which a line of the page has no room."""
        return self.name in ("language", "source", "corrected")


def _list(request: UserRequest) -> HttpResponse:
    query = session_list.HistoryQuery.of(request.user, request.GET)
    found = session_list.SessionRows(
        request.user, query, timezone.now(), PAGE_SIZE, request.GET.get("page", "")
    )
    paginator: Any = Paginator(cast(Any, found), PAGE_SIZE)
    problem = ""
    try:
        page = paginator.get_page(request.GET.get("page"))
        rows = list(page.object_list)
    except SlowSearchError as error:
        problem = str(error)
        page, rows = Paginator([], PAGE_SIZE).get_page(1), []
    usual = usual_format(request.user)
    return render(
        request,
        "captions/transcripts/history.html",
        {
            "query": query,
            "typed": query.search.text,
            "search": query.search if problem else found.search,
            "found_query": _found_query(request, found),
            "page": page,
            "rows": rows,
            "problem": problem,
            "places": found.places,
            "filters": list(_filters(query)),
            "order": _order(query),
            "tags": query.choices.tags,
            "selecting": "select" in request.GET,
            "formats": in_order(usual),
            "usual_format": usual,
            "max_query": MAX_QUERY,
            "folders": session_list.Folders.of(request.user),
            "no_tag": NO_TAG,
        },
    )


def _found_query(request: UserRequest, found: session_list.SessionRows) -> str:
    """The query string, with the corrected words if they were searched for instead of those that were typed."""
    query = request.GET.copy()
    if "q" in query:
        query["q"] = found.search.text
    return query.urlencode()


def _order(query: session_list.HistoryQuery) -> _Choice:
    # The default order is left out of the query string, because it changes when the user begins to search.
    usual = Order.BEST if query.search.text else Order.NEWEST
    options: list[tuple[str, StrOrPromise]] = [("", _ORDERS[usual])]
    options += [(order.value, label) for order, label in _ORDERS.items() if order not in (usual, Order.BEST)]
    return _Choice(
        "order", pgettext_lazy("filter", "Order"), options, "" if query.order == usual else query.order.value
    )


def _filters(query: session_list.HistoryQuery) -> Iterator[_Choice]:
    wanted, choices = query.filters, query.choices
    yield _Choice("when", pgettext_lazy("filter", "Date"), list(WHEN.items()), wanted.when)
    languages: list[tuple[str, StrOrPromise]] = [
        ("", _("Any language")),
        *choices.language_names(wanted.language),
    ]
    yield _Choice("language", pgettext_lazy("filter", "Language"), languages, wanted.language)
    tags: list[tuple[str, StrOrPromise]] = [
        ("", _("Any tag")),
        (NO_TAG, _("No tag")),
        *((name, name) for name in choices.tag_names(wanted.tag)),
    ]
    yield _Choice("tag", pgettext_lazy("filter", "Tag"), tags, choices.known_tag(wanted.tag))
    yield _Choice("length", pgettext_lazy("filter", "Length"), list(LENGTHS.items()), wanted.length)
    yield _Choice(
        "source",
        pgettext_lazy("filter", "Source"),
        [(str(value), label) for value, label in SOURCES.items()],
        wanted.source,
    )
    yield _Choice(
        "corrected", pgettext_lazy("filter", "Corrections"), list(CORRECTED.items()), wanted.corrected
    )


def _create(request: UserRequest) -> HttpResponse:
    form = SessionForm(request.POST, instance=Session(user=request.user))
    if not form.is_valid():
        return refused(first_error(form))
    session = form.save()
    answer = {
        "id": str(session.pk),
        "socket": Session.socket_path(session.pk),
        "url": session.get_absolute_url(),
    }
    return JsonResponse(answer, status=201)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: UserRequest, pk: UUID) -> HttpResponse:
    """GET asks for confirmation and shows what would be deleted; POST moves the session to the trash."""
    session = own_session(request.user, pk)
    if request.method == "POST":
        title = titles.called(session)
        moment = trash.delete(request.user, [session.pk], timezone.now())
        said_with_undo(request, gettext("“%(title)s” was deleted.") % {"title": title}, moment)
        return redirect("history")
    template = "_delete_dialog" if request.htmx else "delete"
    context = {
        "session": session,
        "utterances": session.utterances.with_text().count(),
        "days": settings.TRASH_KEEP_DAYS,
    }
    return render(request, f"captions/transcripts/{template}.html", context)
