"""What a person sets for all of their dictations."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ..forms import ListeningForm
from ..listening import LONGEST_WORD, MOST_WORDS
from .requests import UserRequest


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def dictation_settings(request: UserRequest) -> HttpResponse:
    """Words to expect, and how long a pause and how loud a voice count."""
    form = ListeningForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your dictation settings are saved.")
        return redirect("dictation-settings")
    return render(
        request,
        "captions/dictation_settings.html",
        {
            "form": form,
            "count": len(request.user.vocabulary),
            "limits": {"words": MOST_WORDS, "length": LONGEST_WORD},
        },
        status=400 if form.errors else 200,
    )
