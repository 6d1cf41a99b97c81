"""Views for the API tokens of a user."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..tokens import issuing
from ..web.requests import UserRequest
from .forms.token import TokenForm


@login_required
@never_cache
@require_safe
def tokens(request: UserRequest) -> HttpResponse:
    """The page with the user's tokens that were not revoked."""
    return render(request, "captions/account/tokens.html", {"tokens": _listed(request)})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required
@sensitive_variables("text")
def new_token(request: UserRequest) -> HttpResponse:
    """The form for a new token; POST makes it and shows its text, which cannot be shown again."""
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        data = form.cleaned_data
        try:
            token, text = issuing.issue(
                request.user,
                name=data["name"],
                scopes=data["scopes"],
                keep_history=data["keep_history"],
                now=now,
                expires_at=form.expires_at(now),
            )
        except issuing.TooManyTokensError as error:
            form.add_error(None, str(error))
        else:
            get_adapter().send_notification_mail("account/email/token_issued", request.user, {"token": token})
            return render(request, "captions/account/token_issued.html", {"token": token, "text": text})
    return render(
        request,
        "captions/account/token_new.html",
        {"form": form},
        status=400 if form.errors else 200,
    )


@login_required
@require_POST
def revoke_token(request: UserRequest, pk: int) -> HttpResponse:
    """Revokes one token."""
    token = get_object_or_404(_listed(request), pk=pk)
    issuing.revoke([token], timezone.now())
    messages.success(
        request, _("The token “%(name)s” was revoked. It no longer works.") % {"name": token.name}
    )
    return redirect("tokens")


@login_required
@require_POST
def revoke_tokens(request: UserRequest) -> HttpResponse:
    """Revokes all tokens."""
    if issuing.revoke(_listed(request), timezone.now()):
        messages.success(request, _("All your tokens were revoked. None of them works any longer."))
    return redirect("tokens")


def _listed(request: UserRequest) -> Any:
    return request.user.api_tokens.filter(revoked_at=None).order_by("-created_at")
