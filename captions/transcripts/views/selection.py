"""Views that export, tag or delete several selected transcripts at once."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count, Q, Sum
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from ...core.errors import RefusedError
from ...models import Session, Utterance
from ...web.requests import UserRequest
from .. import session_list, tagging, trash
from ..forms.export import ExportForm
from ..tags import quoted
from ..timely import SlowSearchError
from .downloads import bundle_of

MOST = 500
"""The most transcripts that can be selected at once."""

_NONE = _("Select a transcript first.")
_TOO_MANY = _("At most %(most)s transcripts can be selected at once. Filter them first.")


class ChoiceError(RefusedError):
    """Nothing, or too much, is selected. The message is a translated sentence for the user."""


@login_required
@never_cache
@require_POST
def export(request: UserRequest) -> HttpResponseBase:
    """A ZIP file with the transcripts in one format."""
    form = ExportForm.remembered_by(request.user, {"format": request.POST.get("format", "")})
    try:
        if not form.is_valid():
            raise ChoiceError(_("Choose one of the formats."))
        sessions = _chosen(request)
    except ChoiceError as error:
        return _back(request, error)
    form.remember(request.user)
    return bundle_of(request, sessions, form.cleaned_data["format"], form.options)


@login_required
@never_cache
@require_POST
def tag(request: UserRequest) -> HttpResponse:
    """Adds the tags that commas separate to the transcripts, or removes them if `do` is "remove"."""
    text = request.POST.get("tag", "")
    try:
        sessions = _chosen(request)
        if request.POST.get("do") == "remove":
            done = _removed(tagging.remove(request.user, sessions, text))
        else:
            done = _tagged(tagging.add(request.user, sessions, text), tagging.clean_names(text))
    except (ChoiceError, tagging.TagError) as error:
        return _back(request, error)
    messages.success(request, done)
    return _back(request)


@login_required
@never_cache
@require_POST
def delete(request: UserRequest) -> HttpResponse:
    """Asks for confirmation and shows how much would be deleted; with `sure`, deletes the transcripts."""
    try:
        sessions = _chosen(request)
    except ChoiceError as error:
        return _back(request, error)
    ids = [session.pk for session in sessions]
    if "sure" in request.POST:
        moment = trash.delete(request.user, ids, timezone.now())
        done = ngettext(
            "%(count)s transcript was deleted.", "%(count)s transcripts were deleted.", len(sessions)
        )
        said_with_undo(request, done % {"count": intcomma(len(sessions))}, moment)
        return redirect(_history(request, selecting=False))
    context = {
        "days": settings.TRASH_KEEP_DAYS,
        "action": reverse("selection-delete"),
        "query": request.POST.get("query", ""),
        "back": _history(request),
    }
    return confirmation(request, ids, context)


def confirmation(request: UserRequest, ids: list[UUID], context: dict[str, Any]) -> HttpResponse:
    """Asks whether transcripts are to be deleted, and says how much they are.

    `context` has `days`, for how many they can be restored, the addresses `action` and `back`, and `query`.
    """
    template = "_selection_dialog" if request.htmx else "selection_delete"
    context |= {"ids": ids, "goes": _what_goes(ids)}
    return render(request, f"captions/transcripts/{template}.html", context)


def said_with_undo(request: UserRequest, sentence: str, moment: datetime | None) -> None:
    """A message about a deletion, with the button that undoes it; `moment` is that of the deletion (see `trash`)."""
    messages.success(request, sentence, extra_tags=moment.isoformat() if moment else "")


def _removed(count: int) -> str:
    done = ngettext(
        "The tag was removed from %(count)s transcript.",
        "The tag was removed from %(count)s transcripts.",
        count,
    )
    return done % {"count": intcomma(count)}


def _tagged(count: int, names: list[str]) -> str:
    if len(names) == 1:
        done = ngettext(
            "%(count)s transcript now has the tag “%(tag)s”.",
            "%(count)s transcripts now have the tag “%(tag)s”.",
            count,
        )
        return done % {"count": intcomma(count), "tag": names[0]}
    done = ngettext(
        "%(count)s transcript now has the tags %(tags)s.",
        "%(count)s transcripts now have the tags %(tags)s.",
        count,
    )
    return done % {"count": intcomma(count), "tags": ", ".join(map(quoted, names))}


def _chosen(request: UserRequest) -> list[Session]:
    """The selected transcripts, or with `everything` all that the query of the list finds. Raises ChoiceError."""
    if "everything" in request.POST:
        sessions = _everything(request)
    else:
        sessions = list(request.user.sessions.filter(pk__in=picked(request)).newest_first())
    if not sessions:
        raise ChoiceError(_NONE)
    if len(sessions) > MOST:
        raise ChoiceError(_TOO_MANY % {"most": MOST})
    return sessions


def picked(request: UserRequest) -> set[UUID]:
    """The keys that were ticked, of up to MOST + 1 transcripts. Raises ChoiceError if there are none."""
    ids = set(filter(None, map(_uuid, request.POST.getlist("session")[: MOST + 1])))
    if not ids:
        raise ChoiceError(_NONE)
    return ids


def _everything(request: UserRequest) -> list[Session]:
    query = session_list.HistoryQuery.of(request.user, QueryDict(request.POST.get("query", "")))
    sessions = query.sessions(request.user, timezone.now())
    if not query.search.text:
        return list(sessions.newest_first()[: MOST + 1])  # type: ignore[attr-defined]
    try:
        return [found.session for found in query.search.results(sessions, count=MOST + 1).found]
    except SlowSearchError as error:
        raise ChoiceError(str(error)) from error


def _what_goes(ids: list[UUID]) -> dict[str, Any]:
    sessions = Session.all_objects.filter(pk__in=ids)
    counts = sessions.aggregate(
        sessions=Count("pk"),
        words=Sum("word_count"),
        recordings=Count("recording", filter=~Q(recording__file="")),
        open=Count("pk", filter=Q(ended_at=None)),
    )
    return {**counts, "sentences": Utterance.objects.with_text().filter(session__in=ids).count()}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _history(request: UserRequest, *, selecting: bool = True) -> str:
    """The address of the list in which the transcripts were selected."""
    query = QueryDict(request.POST.get("query", ""), mutable=True)
    if not selecting:
        query.pop("select", None)
        query.pop("page", None)
    return f"{reverse('history')}?{query.urlencode()}" if query else reverse("history")


def _back(request: UserRequest, error: Exception | None = None) -> HttpResponse:
    if error is not None:
        messages.error(request, str(error))
    if request.htmx:
        # htmx then loads the address instead of inserting the response into the page.
        return HttpResponse(headers={"HX-Redirect": _history(request)})
    return HttpResponseRedirect(_history(request))
