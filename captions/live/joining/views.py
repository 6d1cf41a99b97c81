"""For whoever dictates: the dialog in which a phone is added to the running dictation, and what it asks for."""

from uuid import UUID

import qrcode
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from qrcode.image.svg import SvgPathFillImage

from ...models import Session
from ...models.session import Devices
from ...web.requests import UserRequest, own_session, refused
from . import grants, joining


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def device(request: UserRequest, pk: UUID) -> HttpResponse:
    """The dialog, as a part of a page; POST makes a link, and answers with it as text and as a QR code."""
    session = own_session(request.user, pk)
    if request.method == "POST":
        return _link(request, session)
    facts = {"session": session, "is_local": not request.is_secure()}
    return render(request, "captions/live/joining/dialog.html", facts)


@sensitive_variables("key", "link")
def _link(request: UserRequest, session: Session) -> HttpResponse:
    try:
        key = joining.make_link(session, request.session.session_key)
    except joining.JoinError as error:
        return refused(str(error), status=409)
    link = request.build_absolute_uri(reverse("join", args=[key]))
    drawn = qrcode.make(link, image_factory=SvgPathFillImage).to_string(encoding="unicode")
    return JsonResponse({"link": link, "svg": drawn, "seconds": grants.LINK_SECONDS})


@login_required
@never_cache
@require_safe
def state(request: UserRequest, pk: UUID) -> HttpResponse:
    """Whether a device has joined: `none`, `away` (its page is closed), `here`, or `heard`; and how both are heard."""
    session = own_session(request.user, pk)
    device = "none"
    if found := joining.device_of(session):
        device = "heard" if found.is_heard else "here" if found.is_here else "away"
    return JsonResponse({"device": device, "mode": session.devices})


@login_required
@require_POST
def mode(request: UserRequest, pk: UUID) -> HttpResponse:
    """Chooses how the two devices are heard."""
    session = own_session(request.user, pk)
    chosen = request.POST.get("devices", "")
    if chosen not in Devices.values:
        return refused(_("Choose one of the three ways."))
    joining.choose(session, chosen)
    return HttpResponse(status=204)


@login_required
@require_POST
def remove(request: UserRequest, pk: UUID) -> HttpResponse:
    """Puts out the device, and withdraws the link."""
    joining.remove(own_session(request.user, pk).pk)
    return HttpResponse(status=204)
