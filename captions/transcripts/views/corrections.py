"""Views that edit the utterances of a transcript, for scripts and for plain forms."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from ...models import Session, Utterance
from ...speech.speakers import Speakers
from ...web.form_errors import first_error
from ...web.requests import UserRequest, own_session, refused, wants_json
from .. import attribution, editing, versions
from ..changes import LONGEST_TEXT
from ..editing import EditConflict, EditError, GoneError
from ..forms.editing import (
    EditForm,
    InsteadForm,
    JoinForm,
    ReplaceForm,
    SpeakerForm,
    SplitForm,
    VersionForm,
    WordForm,
)
from ..speakers import speakers_of
from ..vocabulary import expect, write_instead
from ..wording import Wording, correction

_View = Callable[..., HttpResponse]


def answers_editing(view: _View) -> _View:
    """Turns errors into responses: GoneError 404, EditConflict 409 with the current row, EditError 400 as JSON."""

    @wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(*args, **kwargs)
        except GoneError as error:
            raise Http404 from error
        except EditConflict as error:
            answer = {
                "code": "conflict",
                "message": str(error),
                "row": described(error.stored, speakers_of(error.stored.session)),
            }
            return JsonResponse(answer, status=409)
        except EditError as error:
            return refused(str(error))

    return wrapped


def described(row: Utterance, speakers: Speakers | None) -> dict[str, Any]:
    """An utterance of a session with these speakers, as JSON for the page's scripts."""
    return {
        "seq": row.seq,
        "version": row.version,
        "text": row.text,
        "start_ms": row.start_ms,
        "end_ms": row.end_ms,
        "language": row.language,
        **({"shared": True} if row.shared else {}),
        **({"translation": row.translation} if row.translation else {}),
        **({"speaker": row.speaker, "who": speakers.name(row.shared, row.speaker)} if speakers else {}),
    }


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def utterance(request: UserRequest, pk: UUID, seq: int) -> HttpResponse:
    """GET shows a form for the sentence, or sends a script its text and words as JSON. POST changes the text."""
    row = own_utterance(request, pk, seq)
    if request.method == "POST":
        return _edit(request, row) if wants_json(request) else _edit_by_form(request, row)
    if wants_json(request):
        return JsonResponse({**described(row, speakers_of(row.session)), "words": row.words})
    return _form(request, row, row.text)


@answers_editing
def _edit(request: UserRequest, row: Utterance) -> HttpResponse:
    asked = _valid(EditForm, request)
    row = editing.edit(row, asked["text"], asked["version"], request.user, sitting=asked["sitting"])
    return _answer(row.session, [row], correction=_correction(row))


def _edit_by_form(request: UserRequest, row: Utterance) -> HttpResponse:
    form = EditForm(request.POST)
    if not form.is_valid():
        return _form(request, row, request.POST.get("text", ""), error=first_error(form))
    asked = form.cleaned_data
    try:
        row = editing.edit(row, asked["text"], asked["version"], request.user)
    except EditConflict as conflict:
        return _form(request, conflict.stored, asked["text"], conflict=True)
    except GoneError as error:
        raise Http404 from error
    except EditError as error:
        return _form(request, row, asked["text"], error=str(error))
    return redirect(f"{row.session.get_absolute_url()}#u-{row.seq}")


def _form(
    request: UserRequest, row: Utterance, text: str, *, error: str = "", conflict: bool = False
) -> HttpResponse:
    context = {"session": row.session, "row": row, "text": text, "error": error, "conflict": conflict}
    status = 409 if conflict else 400 if error else 200
    return render(
        request, "captions/transcripts/utterance.html", {**context, "longest": LONGEST_TEXT}, status=status
    )


def _correction(row: Utterance) -> dict[str, Any] | None:
    """The wording that the last version replaced, and the number of other places that have it; None if unclear."""
    before = row.history.filter(version__lt=row.version).order_by("-version").values_list("text", flat=True)
    found = correction(before[0], row.text) if before[:1] else None
    if found is None:
        return None
    heard, written = found
    places = editing.places(row.session, Wording(heard, written), besides=row)
    return {"heard": heard, "written": written, "places": places}


@login_required
@require_POST
@answers_editing
def split(request: UserRequest, pk: UUID, seq: int) -> HttpResponse:
    """Splits a sentence into `first` and `second`."""
    row, asked = own_utterance(request, pk, seq), _valid(SplitForm, request)
    rows = editing.split(row, asked["first"], asked["second"], asked["version"], request.user)
    return _answer(row.session, rows)


@login_required
@require_POST
@answers_editing
def join(request: UserRequest, pk: UUID, seq: int) -> HttpResponse:
    """Joins the next sentence to this one, if it has `next_seq` and is at `next_version`."""
    row, asked = own_utterance(request, pk, seq), _valid(JoinForm, request)
    rows = editing.merge(
        row,
        asked["version"],
        request.user,
        next_seq=asked["next_seq"],
        next_version=asked["next_version"],
    )
    return _answer(row.session, rows)


@login_required
@require_POST
@answers_editing
def speaker(request: UserRequest, pk: UUID, seq: int) -> HttpResponse:
    """Gives a sentence to another speaker, or without a number to a new one."""
    row, asked = own_utterance(request, pk, seq), _valid(SpeakerForm, request)
    row = attribution.give(row, asked["speaker"], asked["version"], request.user)
    row.session.refresh_from_db(fields=["voices"])
    return _answer(row.session, [row])


@login_required
@require_POST
@answers_editing
def undo(request: UserRequest, pk: UUID, seq: int) -> HttpResponse:
    """Undoes the last change of a sentence."""
    row, asked = own_utterance(request, pk, seq), _valid(VersionForm, request)
    return _answer(row.session, versions.undo(row, asked["version"], request.user))


@login_required
@require_POST
@answers_editing
def replace(request: UserRequest, pk: UUID) -> HttpResponse:
    """Replaces a wording in the whole session."""
    session, asked = own_session(request.user, pk), _valid(ReplaceForm, request)
    wording = Wording(
        asked["sought"],
        asked["written"],
        match_case=asked["match_case"],
        whole_words=asked["whole_words"],
    )
    replaced = editing.replace_all(session, wording, request.user)
    change = str(replaced.change) if replaced.change else None
    return _answer(session, replaced.rows, places=replaced.places, change=change)


@login_required
@require_POST
@answers_editing
def undo_change(request: UserRequest, pk: UUID, change: UUID) -> HttpResponse:
    """Undoes a change in all sentences that have not changed since."""
    session = own_session(request.user, pk)
    return _answer(session, versions.undo_change(session, change, request.user))


@login_required
@require_POST
@answers_editing
def vocabulary(request: UserRequest) -> HttpResponse:
    """Adds a word to the user's vocabulary."""
    return JsonResponse({"word": expect(request.user, _valid(WordForm, request)["word"])})


@login_required
@require_POST
@answers_editing
def replacement(request: UserRequest) -> HttpResponse:
    """Adds a replacement to the user's settings."""
    asked = _valid(InsteadForm, request)
    entry = write_instead(request.user, asked["heard"], asked["written"])
    return JsonResponse({"heard": entry.heard, "written": entry.written})


def own_utterance(request: UserRequest, pk: UUID, seq: int) -> Utterance:
    session = own_session(request.user, pk)
    row: Utterance = get_object_or_404(session.utterances, seq=seq)
    row.session = session
    return row


def _valid(form: type[forms.Form], request: UserRequest) -> dict[str, Any]:
    """The cleaned data of the form. Raises EditError with its first error."""
    filled = form(request.POST)
    if not filled.is_valid():
        raise EditError(first_error(filled))
    return filled.cleaned_data


def _answer(session: Session, rows: Iterable[Utterance], **more: Any) -> JsonResponse:
    session.refresh_from_db(fields=["word_count"])
    speakers = speakers_of(session)
    answer = {"rows": [described(row, speakers) for row in rows], "word_count": session.word_count}
    return JsonResponse({**answer, **more})
