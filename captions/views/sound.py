"""The sound of a transcript, for the person whose it is."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..models import Recording
from ..templatetags.sound import player as player_of
from .requests import UserRequest
from .stored_files import stored_file
from .transcript import own_session


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
    return render(request, "captions/library/_player.html", player_of(own_session(request.user, pk)))


def answer(request: HttpRequest, recording: Recording) -> HttpResponseBase:
    """The answer to a GET or HEAD of somebody who may hear this. Raises Http404 where the file is missing."""
    return stored_file(request, recording, content_type="audio/ogg", disposition="inline")
