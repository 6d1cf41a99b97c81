"""Transcripts: list, read, rename, correct, delete, export."""

from typing import Annotated, Any
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Status

from ..models import Session, Utterance
from ..transcripts import attribution, editing, session_list, speakers, tagging, trash
from ..transcripts.export import FORMATS
from ..transcripts.filters import Filters, Order, ordered
from ..transcripts.forms.export import ExportForm
from ..transcripts.titles import proposed_for
from ..transcripts.views.downloads import file_of
from ..web.form_errors import first_error
from ..web.requests import own_session
from . import schemas
from .frame import READS, WRITES, TokenRequest

MOST = 100
_ERRORS = {400: schemas.ErrorOut, 404: schemas.ErrorOut}

router = Router(tags=["transcripts"])


@router.get(
    "",
    response={200: schemas.SessionsOut, 400: schemas.ErrorOut},
    auth=READS,
    summary="List transcripts",
)
def sessions(
    request: TokenRequest,
    limit: Annotated[int, Field(ge=1, le=MOST)] = 20,
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0,
    tag: str = "",
    language: str = "",
    favourite: bool = False,
) -> dict[str, Any]:
    """The transcripts of the account, the newest first; dictations without a word are left out."""
    asked = {"tag": tag, "language": language, "favourite": "yes" if favourite else ""}
    mine = Session.objects.filter(user=request.auth.user).worded()
    found = Filters.of(asked).applied(mine, timezone.now())
    rows = session_list.listed(ordered(found, Order.NEWEST))[offset : offset + limit]
    return {"items": [described(session_list.row(row)) for row in rows], "count": found.count()}


@router.get(
    "/{uuid:pk}",
    response={200: schemas.SessionOut, **_ERRORS},
    auth=READS,
    summary="Read what a transcript is",
)
def session(request: TokenRequest, pk: UUID) -> dict[str, Any]:
    """Its title, language, times, length and tags, without its text: that is in its sentences."""
    return _described(own_session(request.auth.user, pk))


@router.patch(
    "/{uuid:pk}",
    response={200: schemas.SessionOut, **_ERRORS},
    auth=WRITES,
    summary="Rename a transcript, or mark it as a favourite",
)
def change(request: TokenRequest, pk: UUID, payload: schemas.SessionIn) -> dict[str, Any]:
    """Changes the title, or makes it a favourite or not; what is not given stays."""
    session = own_session(request.auth.user, pk)
    if payload.title is not None:
        session.rename(payload.title)
    if payload.favourite is not None:
        session.favourite = payload.favourite
        session.save(update_fields=["favourite"])
    return _described(session)


@router.delete("/{uuid:pk}", response={204: None, **_ERRORS}, auth=WRITES, summary="Delete a transcript")
def delete(request: TokenRequest, pk: UUID) -> Status[None]:
    """Moves a transcript to the trash; one that is running ends."""
    session = own_session(request.auth.user, pk)
    trash.delete(request.auth.user, [session.pk], timezone.now())
    return Status(204, None)


@router.get(
    "/{uuid:pk}/utterances",
    response={200: schemas.UtterancesOut, **_ERRORS},
    auth=READS,
    summary="Read the sentences of a transcript",
)
def utterances(
    request: TokenRequest,
    pk: UUID,
    after: Annotated[int, Field(ge=0)] = 0,
    limit: Annotated[int, Field(ge=1, le=MOST)] = MOST,
) -> dict[str, Any]:
    """The sentences in the order of saving, so that a program that follows a dictation asks for what is new."""
    rows = list(own_session(request.auth.user, pk).utterances.after(after)[: limit + 1])
    page, more = rows[:limit], len(rows) > limit
    return {"items": page, "next_after": page[-1].seq if more else None}


@router.patch(
    "/{uuid:pk}/utterances/{int:seq}",
    response={200: schemas.UtteranceOut, 409: schemas.ErrorOut, **_ERRORS},
    auth=WRITES,
    summary="Correct a sentence, or give it to another speaker",
)
@transaction.atomic
def correct(request: TokenRequest, pk: UUID, seq: int, payload: schemas.UtteranceIn) -> Utterance:
    """Changes its words or who says it; what is not given stays, and the version before is in its history."""
    user, version = request.auth.user, payload.version
    row: Utterance = get_object_or_404(own_session(user, pk).utterances, seq=seq)
    if payload.text is not None:
        row = editing.edit(row, payload.text, version, user)
        version = row.version
    if payload.speaker is not None:
        number = None if payload.speaker == "new" else payload.speaker
        row = attribution.give(row, number, version, user)
    return row


@router.get(
    "/{uuid:pk}/speakers",
    response={200: schemas.SpeakersOut, **_ERRORS},
    auth=READS,
    summary="Read who speaks in a transcript",
)
def who_speaks(request: TokenRequest, pk: UUID) -> dict[str, Any]:
    """Those who speak where they are told apart: two sources, or the voices of a file; else nobody."""
    return {"items": speakers.listed(own_session(request.auth.user, pk))}


@router.patch(
    "/{uuid:pk}/speakers",
    response={200: schemas.SpeakersOut, **_ERRORS},
    auth=WRITES,
    summary="Name those who speak in a transcript",
)
def name_speakers(request: TokenRequest, pk: UUID, payload: schemas.SpeakersIn) -> dict[str, Any]:
    """Gives names for the whole transcript; whoever is not listed keeps theirs."""
    session = own_session(request.auth.user, pk)
    speakers.name(session, {(each.shared, each.number): each.name for each in payload.items})
    return {"items": speakers.listed(session)}


@router.get(
    "/{uuid:pk}/export.{str:name}",
    response={200: None, **_ERRORS},
    auth=READS,
    summary="Export a transcript as a file",
)
def export(request: TokenRequest, pk: UUID, name: str) -> HttpResponseBase:
    """The transcript as a file: txt, docx, srt, vtt, md or json, with the options of the export page."""
    session = own_session(request.auth.user, pk)
    if name not in FORMATS:
        raise Http404
    form = ExportForm.over_defaults(request.GET, {"format": name})
    if not form.is_valid():
        raise editing.EditError(first_error(form))
    return file_of(request, session, form)


def described(row: session_list.Row) -> dict[str, Any]:
    """A row of the list as SessionOut."""
    return _as_out(row.session, row.proposed, list(row.tags))


def _described(session: Session) -> dict[str, Any]:
    return _as_out(session, "" if session.title else proposed_for(session), tagging.names(session))


def _as_out(session: Session, proposed: str, tags: list[str]) -> dict[str, Any]:
    return {
        "id": session.pk,
        "title": session.title,
        "proposed_title": proposed,
        "state": session.state,
        "source": session.source,
        "language": session.spoken_language,
        "created_at": session.created_at,
        "ended_at": session.ended_at,
        "duration_ms": session.clock_now(timezone.now()),
        "words": session.word_count,
        "favourite": session.favourite,
        "tags": tags,
        "written_by": session.written_by,
        "sent_seconds": session.sent_ms / 1000,
    }
