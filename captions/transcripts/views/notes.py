"""Views that create, change and delete the notes and headings of a transcript; all answer in JSON."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ...models import Note
from ...web.form_errors import first_error
from ...web.requests import UserRequest, own_session, refused
from ..changes import locked_session
from ..forms.editing import NewNoteForm, NoteChangeForm
from .corrections import answers_editing

_MOST = 2_000


@login_required
@require_POST
@answers_editing
@transaction.atomic
def create(request: UserRequest, pk: UUID) -> HttpResponse:
    """Creates a note or heading; it stands before the first sentence that begins at `at_ms` or later."""
    form = NewNoteForm(request.POST)
    if not form.is_valid():
        return refused(first_error(form))
    session = locked_session(own_session(request.user, pk).pk)
    if session.notes.count() >= _MOST:
        return refused(_("A transcript can have at most %(most)s notes and headings.") % {"most": _MOST})
    return JsonResponse(_described(session.notes.create(**form.cleaned_data)), status=201)


@login_required
@require_POST
def change(request: UserRequest, pk: UUID, number: int) -> HttpResponse:
    """Changes the text of a note; 409 with the current note if it has changed since `version`."""
    note = _own(request, pk, number)
    form = NoteChangeForm(request.POST)
    if not form.is_valid():
        return refused(first_error(form))
    try:
        if note.change(form.cleaned_data["text"], form.cleaned_data["version"]):
            return JsonResponse(_described(note))
    except Note.DoesNotExist as error:
        raise Http404 from error
    answer = {
        "code": "conflict",
        "message": _("This was changed elsewhere in the meantime."),
        "note": _described(note),
    }
    return JsonResponse(answer, status=409)


@login_required
@require_POST
def delete(request: UserRequest, pk: UUID, number: int) -> HttpResponse:
    """Deletes a note and answers with it, so that the page can offer to undo that."""
    note = _own(request, pk, number)
    answer = _described(note)
    note.delete()
    return JsonResponse(answer)


def _own(request: UserRequest, pk: UUID, number: int) -> Note:
    note: Note = get_object_or_404(own_session(request.user, pk).notes, pk=number)
    return note


def _described(note: Note) -> dict[str, Any]:
    return {
        "id": note.pk,
        "kind": note.kind,
        "at_ms": note.at_ms,
        "text": note.text,
        "version": note.version,
    }
