"""Views that export transcripts as files."""

from collections.abc import Iterable
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ...core.filename import filename
from ...models import Session, User
from ...web.requests import UserRequest, own_session
from ...web.streams import download
from ..bundle import bundle
from ..export import FORMATS, Options, Transcript, encode, in_order
from ..export.preview import preview
from ..forms.export import ExportForm
from ..stored import transcript_of


@login_required
@never_cache
@require_safe
def options(request: UserRequest, pk: UUID) -> HttpResponseBase:
    """The page with the export options and a preview; with `download`, the file.

    Without a `format`, the form has the user's last choices.
    """
    session = own_session(request.user, pk)
    if "format" not in request.GET:
        return _page(request, session, ExportForm.remembered_by(request.user))
    form = ExportForm.over_defaults(request.GET)
    if "download" in request.GET and form.is_valid():
        form.remember(request.user)
        return file_of(request, session, form)
    return _page(request, session, form)


@login_required
@never_cache
@require_safe
def export(request: UserRequest, pk: UUID, name: str) -> HttpResponseBase:
    """The transcript as a file in the format `name`; options that are not given have their defaults."""
    session = own_session(request.user, pk)
    if name not in FORMATS:
        raise Http404
    form = ExportForm.over_defaults(request.GET, {"format": name})
    return file_of(request, session, form) if form.is_valid() else _page(request, session, form)


def _page(request: UserRequest, session: Session, form: ExportForm) -> HttpResponse:
    context = {"session": session, "form": form, "formats": in_order(usual_format(request.user))}
    if form.is_valid():
        name = form.cleaned_data["format"]
        transcript = _transcript(session, name)
        context |= {
            "format": FORMATS[name],
            "file": _filename(transcript, name),
            "preview": preview(name, transcript, form.options),
        }
    return render(
        request, "captions/transcripts/export.html", context, status=200 if form.is_valid() else 400
    )


def file_of(request: HttpRequest, session: Session, form: ExportForm) -> StreamingHttpResponse:
    """The file that a valid form asks for; the caller checks that the user may read the transcript."""
    name = form.cleaned_data["format"]
    transcript = _transcript(session, name)
    return download(
        request,
        encode(name, transcript, form.options),
        name=_filename(transcript, name),
        content_type=FORMATS[name].content_type,
    )


def bundle_of(
    request: HttpRequest, sessions: Iterable[Session], name: str, options: Options
) -> StreamingHttpResponse:
    """A ZIP file with the transcripts in the format `name`; the caller checks that the user may read them."""
    return download(
        request,
        bundle(sessions, name, options),
        name=f"{timezone.localdate():%Y-%m-%d}-transcripts.zip",
        content_type="application/zip",
    )


def usual_format(user: User) -> str:
    """The name of the format of the user's last download."""
    name: str = ExportForm.remembered_by(user)["format"].value()
    return name


def _transcript(session: Session, name: str) -> Transcript:
    return transcript_of(session, with_words=FORMATS[name].with_words)


def _filename(transcript: Transcript, name: str) -> str:
    return filename(transcript.title, transcript.language, transcript.created_at.date(), name)
