"""The links with which an audience reads the captions of a session."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..models import Session
from ..web.requests import UserRequest, own_session
from . import sharing
from .forms import ShareForm

# How OBS's browser source should draw it: docs/captions.md.
_OVER_A_PICTURE = "&background=00000000"


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("key", "link")
def shares(request: UserRequest, pk: UUID) -> HttpResponse:
    """The links of a session; POST makes one and shows it, which cannot be shown again."""
    session = own_session(request.user, pk)
    form = ShareForm(request.POST or None)
    link = ""
    if request.method == "POST" and form.is_valid():
        try:
            made = form.cleaned_data
            _share, key = sharing.make(
                session,
                now=timezone.now(),
                partials=made["partials"],
                frame_ancestors=made["frame_ancestors"],
            )
        except sharing.TooManySharesError as error:
            form.add_error(None, str(error))
        else:
            link = request.build_absolute_uri(f"{reverse('audience', args=[pk])}?key={key}")
            form = ShareForm()
    return render(
        request,
        "captions/audience/shares.html",
        {
            "session": session,
            "shares": session.shares.filter(revoked_at=None).order_by("-created_at", "-pk"),
            "form": form,
            "link": link,
            "link_over_a_picture": link and link + _OVER_A_PICTURE,
        },
        status=400 if form.errors else 200,
    )


@login_required
@require_POST
def revoke(request: UserRequest, pk: UUID, share: int) -> HttpResponse:
    """Revokes a link."""
    session = own_session(request.user, pk)
    found = get_object_or_404(session.shares.filter(revoked_at=None), pk=share)
    sharing.revoke(found, timezone.now())
    messages.success(request, _("The link was revoked. Nobody reads with it any longer."))
    return redirect("session-shares", pk)


@login_required
@never_cache
@require_safe
def running(request: UserRequest) -> HttpResponse:
    """Leads to the links of the dictation that is running: the dictation page knows of none before Start."""
    session = Session.objects.open().filter(user=request.user, gen__gt=0).order_by("-active_at").first()
    if session is None:
        messages.info(request, _("No dictation is running. Press Start, then share its captions."))
        return redirect("history")
    return redirect("session-shares", session.pk)
