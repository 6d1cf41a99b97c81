"""Views for the webhooks of a user."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..models import WebhookEndpoint
from ..web.requests import UserRequest
from . import changing
from .changing import WebhookError
from .forms import ChangeForm, WebhookForm

SHOWN_DELIVERIES = 50

View = Callable[..., HttpResponse]


def _own(view: View) -> View:
    """The view with the endpoint in place of its number. Others find nothing, before anything is asked of them."""

    @wraps(view)
    def of_owner(request: UserRequest, pk: int, **kwargs: object) -> HttpResponse:
        return view(request, get_object_or_404(request.user.webhooks, pk=pk), **kwargs)

    return of_owner


@login_required
@never_cache
@require_safe
def webhooks(request: UserRequest) -> HttpResponse:
    """The page with the user's webhooks."""
    mine = request.user.webhooks.order_by("-created_at")
    return render(request, "captions/webhooks/webhooks.html", {"webhooks": mine})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required
@sensitive_post_parameters("address")
@sensitive_variables("secret", "form")
def new_webhook(request: UserRequest) -> HttpResponse:
    """The form for a new webhook; POST adds it and shows its secret, which cannot be shown again."""
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            endpoint, secret = changing.add(request.user, form.wanted(), timezone.now())
        except WebhookError as error:
            form.add_error(None, str(error))
        else:
            get_adapter().send_notification_mail(
                "account/email/webhook_added", request.user, {"endpoint": endpoint}
            )
            return _secret_page(request, endpoint, secret)
    return _form_page(request, form, None)


@login_required
@never_cache
@require_safe
@_own
def webhook(request: UserRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    """One webhook with its last deliveries; htmx gets only these."""
    deliveries = endpoint.deliveries.newest_first()[:SHOWN_DELIVERIES]
    template = "_deliveries" if request.htmx else "webhook"
    return render(
        request,
        f"captions/webhooks/{template}.html",
        {"webhook": endpoint, "deliveries": deliveries, "most": SHOWN_DELIVERIES},
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@_own
@reauthentication_required
@sensitive_post_parameters("address")
@sensitive_variables("form")
def change_webhook(request: UserRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    form = ChangeForm.of(endpoint, request.POST if request.method == "POST" else None)
    if form.is_valid():
        changing.change(endpoint, form.wanted())
        return redirect("webhook", pk=endpoint.pk)
    return _form_page(request, form, endpoint)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@_own
@reauthentication_required
@sensitive_variables("secret")
def webhook_secret(request: UserRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    """GET says what a new secret means; POST makes one and shows it, which it cannot be again."""
    if request.method == "POST":
        return _secret_page(request, endpoint, changing.renew_secret(endpoint, timezone.now()))
    return render(request, "captions/webhooks/new_secret.html", {"webhook": endpoint})


@login_required
@require_POST
@_own
def send_test(request: UserRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    try:
        changing.send_test(endpoint)
    except WebhookError as error:
        messages.error(request, str(error))
    return redirect("webhook", pk=endpoint.pk)


@login_required
@require_POST
@_own
def delete_webhook(request: UserRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    name = endpoint.name
    endpoint.delete()
    messages.success(
        request,
        _("The webhook “%(name)s” was deleted. Nothing is sent there any more.") % {"name": name},
    )
    return redirect("webhooks")


@login_required
@require_POST
@_own
def send_again(request: UserRequest, endpoint: WebhookEndpoint, delivery: UUID) -> HttpResponse:
    found = get_object_or_404(endpoint.deliveries.select_related("endpoint"), pk=delivery)
    try:
        changing.send_again(found)
    except WebhookError as error:
        messages.error(request, str(error))
    return redirect("webhook", pk=endpoint.pk)


def _form_page(request: UserRequest, form: WebhookForm, endpoint: WebhookEndpoint | None) -> HttpResponse:
    return render(
        request,
        "captions/webhooks/form.html",
        {"form": form, "webhook": endpoint},
        status=400 if form.errors else 200,
    )


def _secret_page(request: UserRequest, endpoint: WebhookEndpoint, secret: str) -> HttpResponse:
    return render(request, "captions/webhooks/secret.html", {"webhook": endpoint, "secret": secret})
