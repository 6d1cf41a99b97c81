"""Views for a user's settings."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from ..core import time_zones
from ..core.vocabulary import LONGEST_WORD, MOST_WORDS
from ..models import User
from ..transcripts.reading import has_other_readers
from ..web.interface_language import speak_to
from ..web.requests import UserRequest
from .forms.settings import SettingsForm


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: UserRequest) -> HttpResponse:
    """The settings page."""
    form = SettingsForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        speak_to(request)
        messages.success(request, _("Your settings are saved."))
        return redirect("settings")
    return render(
        request,
        "captions/account/settings.html",
        {
            "form": form,
            "has_other_readers": has_other_readers(request.user),
            "count": len(request.user.vocabulary),
            "limits": {"words": MOST_WORDS, "length": LONGEST_WORD},
        },
        status=400 if form.errors else 200,
    )


@login_required
@require_POST
def announce(request: UserRequest) -> HttpResponse:
    """Sets whether screen readers read new sentences: `announce` is "on", or anything else for off."""
    User.objects.filter(pk=request.user.pk).update(announce=request.POST.get("announce") == "on")
    return HttpResponse(status=204)


@login_required
@require_POST
def time_zone(request: UserRequest) -> HttpResponse:
    """Sets the user's time zone as the browser reports it, unless it is set already or unknown."""
    zone = request.POST.get("zone", "")
    if zone in time_zones.known():
        User.objects.filter(pk=request.user.pk, time_zone="").update(time_zone=zone)
    return HttpResponse(status=204)
