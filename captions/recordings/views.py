"""The sound of a transcript, for its owner."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from ..core.filename import content_disposition, filename
from ..models import Recording, Session
from ..web.requests import UserRequest, own_session
from .deletion import SoundError, delete_sound
from .stored_files import stored_file
from .tags import player as player_of


@login_required
@never_cache
@require_safe
def sound(request: UserRequest, pk: UUID) -> HttpResponseBase:
    """The recording, or the byte range that is requested; 404 if there is none, or its sound was deleted."""
    recording = get_object_or_404(Recording.objects.kept(), session=own_session(request.user, pk))
    return answer(request, recording)


@login_required
@never_cache
@require_safe
def download(request: UserRequest, pk: UUID, called: Callable[[Session], str]) -> HttpResponseBase:
    """The recording as a file, named as exports of the transcript are; `called` gives the name of a session."""
    session = own_session(request.user, pk)
    recording = get_object_or_404(Recording.objects.kept(), session=session)
    day = timezone.localtime(session.created_at).date()
    name = filename(called(session), session.heard_language, day, "opus")
    return answer(request, recording, content_disposition(name))


@login_required
@never_cache
@require_safe
def player(request: UserRequest, pk: UUID) -> HttpResponse:
    """The player, as a fragment for a transcript's page that was opened before its recording was finished."""
    return render(request, "captions/recordings/_player.html", player_of(own_session(request.user, pk)))


@login_required
@require_POST
def delete(request: UserRequest, pk: UUID) -> HttpResponse:
    """Deletes the sound and redirects to the transcript, which stays."""
    session = own_session(request.user, pk)
    try:
        delete_sound(session, timezone.now())
    except SoundError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The recording was deleted. The text stays."))
    return redirect(session)


def answer(request: HttpRequest, recording: Recording, disposition: str = "inline") -> HttpResponseBase:
    """The response with the recording, for a user who may hear it. Raises Http404 if the file is missing."""
    return stored_file(request, recording, content_type="audio/ogg", disposition=disposition)
