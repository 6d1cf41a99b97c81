"""Views for the sound that a page records itself while it has no connection."""

import uuid

import structlog
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from ...models import Session
from ...models.shared_clock import shared_now
from ...web.body_limit import STRANGER_BYTES
from ...web.form_errors import first_error
from ...web.requests import UserRequest, own_session, refused
from ..tasks import recover_soon
from .begun import BegunForm, enter
from .delivering import DeliveryError, deliver
from .forms import DeliveryForm
from .key import key_of, name_of

log = structlog.get_logger(__name__)

# A minute of 16-bit samples at 16 kHz.
MOST_BYTES = STRANGER_BYTES


@login_required
@require_POST
@never_cache
def tape(request: UserRequest, pk: uuid.UUID) -> HttpResponse:
    """Takes the sound in the body, a file, whose place the address names; 200 also if it was delivered before."""
    session = own_session(request.user, pk)
    form = DeliveryForm(request.GET)
    if not form.is_valid():
        return refused(first_error(form))
    body = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        return refused(_("At most %(bytes)s bytes are accepted at once.") % {"bytes": MOST_BYTES}, 413)
    delivery = form.cleaned_data["id"]
    try:
        is_new = deliver(session, delivery, form.time_range, body, shared_now())
    except DeliveryError as error:
        log.info("delivery_refused", session=str(pk), status=error.status)
        return refused(str(error), error.status)
    except OSError as error:
        log.error("delivery_not_kept", session=str(pk), error=error.strerror)
        return refused(_("The server could not keep the sound. Try again later."), 503)
    if is_new:
        log.info("delivery_taken", session=str(pk), milliseconds=form.time_range.length_ms)
        recover_soon()
    return JsonResponse({"id": str(delivery)})


@login_required
@require_POST
@never_cache
def key(request: UserRequest) -> HttpResponse:
    """The key of the account for sound that waits on its devices, and for how many seconds the login lasts."""
    return JsonResponse({"key": key_of(request.user), "seconds": request.session.get_expiry_age()})


@login_required
@require_safe
@never_cache
def login(request: UserRequest) -> HttpResponse:
    """Who is logged in, and a token for requests: for a page that was opened without the server, and has neither."""
    return JsonResponse({"account": name_of(request.user), "csrf": get_token(request)})


@login_required
@require_POST
@never_cache
def begun(request: UserRequest) -> HttpResponse:
    """Makes a session of a dictation that a page began without the server; 200 if it is known already."""
    form = BegunForm(request.POST, instance=Session(user=request.user))
    if not form.is_valid():
        return refused(first_error(form))
    try:
        is_new = enter(request.user, form, shared_now())
    except DeliveryError as error:
        return refused(str(error), error.status)
    session = form.cleaned_data["id"]
    if is_new:
        log.info("dictation_begun_without_server", session=str(session))
    return JsonResponse({"id": str(session)}, status=201 if is_new else 200)
