"""The page of one transcript, with its notes and headings."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from ...models import LONGEST_NOTE, Note, Session, Utterance
from ...web.form_errors import first_error
from ...web.requests import UserRequest, own_session, refused, wants_json
from .. import tagging, titles, unsure
from ..changes import LONGEST_TEXT
from ..forms.session import RenameForm
from ..rows import Row
from ..search import Search
from ..snippets import SnippetPart
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
@require_safe
def unsure_words(request: UserRequest, pk: UUID) -> HttpResponse:
    """The utterances that have unsure words, with all their words, and the probability `below` which one is unsure."""
    session = own_session(request.user, pk)
    rows = [{"seq": seq, "version": version, "words": words} for seq, version, words in unsure.rows(session)]
    return JsonResponse({"rows": rows, "below": unsure.UNSURE_BELOW})


def _page(request: UserRequest, session: Session, form: RenameForm | None = None) -> HttpResponse:
    search = Search(request.user, request.GET.get("q", ""))
    marked = search.in_session(session)
    utterances = session.utterances.with_text().in_time().defer("words", "search")
    return render(
        request,
        "captions/transcripts/transcript.html",
        {
            "session": session,
            "rows": list(_rows(utterances, session.notes.in_time(), marked)),
            "proposed": "" if session.title else titles.proposed_for(session),
            "tags": tagging.names(session),
            "search": search,
            "hits": len(marked),
            "unsure": unsure.count(session),
            "form": form or RenameForm(instance=session),
            "limits": {"text": LONGEST_TEXT, "note": LONGEST_NOTE, "wording": LONGEST},
        },
        status=400 if form else 200,
    )


def _rows(
    utterances: Iterable[Utterance], notes: Iterable[Note], marked: dict[int, tuple[SnippetPart, ...]]
) -> Iterator[Row]:
    """Yields the utterances in the order of time, each note before the first one that begins at its time or later."""
    waiting = list(notes)
    for utterance in utterances:
        while waiting and waiting[0].at_ms <= utterance.start_ms:
            yield Row(note=waiting.pop(0))
        yield Row(utterance, marked.get(utterance.seq))
    for note in waiting:
        yield Row(note=note)
