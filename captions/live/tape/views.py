"""Views for the sound that a page records itself while it has no connection."""

import uuid

import structlog
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from ...models.shared_clock import shared_now
from ...web.body_limit import STRANGER_BYTES
from ...web.form_errors import first_error
from ...web.requests import UserRequest, own_session, refused
from ..tasks import recover_soon
from .delivering import DeliveryError, deliver
from .forms import DeliveryForm
from .key import key_of

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
    """The key of the account for sound that waits on its devices."""
    return JsonResponse({"key": key_of(request.user)})
