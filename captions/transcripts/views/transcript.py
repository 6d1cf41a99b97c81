"""The page of one transcript, with its notes and headings."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ...models import LONGEST_NOTE, LONGEST_SPEAKER_NAME, Session, SessionSource
from ...web.form_errors import first_error
from ...web.requests import UserRequest, own_session, refused, wants_json
from .. import speakers, tagging, titles, unsure
from ..changes import LONGEST_TEXT
from ..forms.session import RenameForm
from ..rows import Said, paragraphs
from ..search import Search
from ..wording import LONGEST


@login_required
@never_cache
@require_safe
def session(request: UserRequest, pk: UUID) -> HttpResponse:
    """The transcript; with `q`, search hits are marked."""
    return _page(request, own_session(request.user, pk))


@login_required
@require_POST
def rename(request: UserRequest, pk: UUID) -> HttpResponse:
    """Changes the title; redirects to the transcript, or answers a script with the new title."""
    session = own_session(request.user, pk)
    form = RenameForm(request.POST, instance=own_session(request.user, pk))
    if not form.is_valid():
        return refused(first_error(form)) if wants_json(request) else _page(request, session, form)
    session.rename(form.cleaned_data["title"])
    return JsonResponse({"title": session.title}) if wants_json(request) else redirect(session)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def who_speaks(request: UserRequest, pk: UUID) -> HttpResponse:
    """GET sends a script those who speak; POST names them in the whole transcript.

    Those that the form leaves out stay as they are.
    """
    session = own_session(request.user, pk)
    if request.method != "POST":
        return JsonResponse({"speakers": speakers.described(session), "told_apart": session.tells_speakers})
    names = {
        (each.shared, each.number): request.POST[each.field]
        for each in speakers.listed(session)
        if each.field in request.POST
    }
    try:
        speakers.name(session, names)
    except speakers.SpeakerNameError as error:
        messages.error(request, str(error))
    return redirect(session)


@login_required
@never_cache
@require_safe
def unsure_words(request: UserRequest, pk: UUID) -> HttpResponse:
    """The utterances that have unsure words, with all their words, and the probability `below` which one is unsure."""
    session = own_session(request.user, pk)
    rows = [{"seq": seq, "version": version, "words": words} for seq, version, words in unsure.rows(session)]
    return JsonResponse({"rows": rows, "below": unsure.UNSURE_BELOW})


def _is_reading(request: UserRequest) -> bool:
    """Whether running paragraphs are shown rather than a row for each sentence; the page's script keeps the choice."""
    return (request.GET.get("view") or request.COOKIES.get(settings.VIEW_COOKIE_NAME)) != "rows"


def _page(request: UserRequest, session: Session, form: RenameForm | None = None) -> HttpResponse:
    search = Search(request.user, request.GET.get("q", ""))
    marked = search.in_session(session)
    said = Said.of(session.utterances.with_text())
    return render(
        request,
        "captions/transcripts/transcript.html",
        {
            "session": session,
            "paragraphs": list(paragraphs(said, session.notes.in_time(), marked, session.outage_ranges)),
            "proposed": "" if session.title else titles.proposed_for(session),
            "reading": _is_reading(request),
            "view_cookie": {"name": settings.VIEW_COOKIE_NAME, "path": settings.SESSION_COOKIE_PATH},
            "tags": tagging.names(session),
            "search": search,
            "hits": len(marked) + len(search.speakers(session)),
            "speakers": speakers.speakers_of(session),
            "listed_speakers": speakers.listed(session),
            "gives_speakers": session.tells_speakers
            or session.voices
            or session.source == SessionSource.FILE,
            "longest_name": LONGEST_SPEAKER_NAME,
            "unsure": unsure.count(session),
            "form": form or RenameForm(instance=session),
            "limits": {"text": LONGEST_TEXT, "note": LONGEST_NOTE, "wording": LONGEST},
        },
        status=400 if form else 200,
    )
