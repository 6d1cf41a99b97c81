"""The sound of a transcript, for the person whose it is."""

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

from ..models import Recording
from ..web.requests import UserRequest, own_session
from .deletion import SoundError, delete_sound
from .stored_files import stored_file
from .tags import player as player_of


@login_required
@never_cache
@require_safe
def sound(request: UserRequest, pk: UUID) -> HttpResponseBase:
    """The recording, or the range of it that is asked for; 404 where there is none, or none any more."""
    recording = get_object_or_404(Recording.objects.kept(), session=own_session(request.user, pk))
    return answer(request, recording)


@login_required
@never_cache
@require_safe
def player(request: UserRequest, pk: UUID) -> HttpResponse:
    """The player of a transcript's page, for a page that was there before the sound was."""
    return render(request, "captions/recordings/_player.html", player_of(own_session(request.user, pk)))


@login_required
@require_POST
def delete(request: UserRequest, pk: UUID) -> HttpResponse:
    """Deletes the sound, and leads back to the text, which stays; `library.delete` asks for this too."""
    session = own_session(request.user, pk)
    try:
        delete_sound(session, timezone.now())
    except SoundError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The recording was deleted. The text stays."))
    return redirect(session)


def answer(request: HttpRequest, recording: Recording) -> HttpResponseBase:
    """The answer to a GET or HEAD of somebody who may hear this. Raises Http404 where the file is missing."""
    return stored_file(request, recording, content_type="audio/ogg", disposition="inline")
