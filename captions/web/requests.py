"""Helpers that views share: the request of a signed-in user, lookups, and refusals in JSON."""

from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django_htmx.middleware import HtmxDetails

from ..models import Session, User


class UserRequest(HttpRequest):
    """The type of a request that has passed `login_required` and the middleware."""

    user: User
    htmx: HtmxDetails


def wants_json(request: HttpRequest) -> bool:
    """Whether a script made the request, which accepts JSON, and not a link or a form."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def own_session(user: User, pk: UUID) -> Session:
    """The user's session `pk`; raises Http404 if it does not exist or belongs to another user."""
    return get_object_or_404(user.sessions, pk=pk)


def address(request: HttpRequest) -> str | None:
    """The client's IP address; None if it cannot be determined."""
    try:
        found: str = get_adapter().get_client_ip(request)
    except (PermissionDenied, ImproperlyConfigured):
        return None
    return found


def refused(sentence: str, status: int = 400, **more: Any) -> JsonResponse:
    """A refusal as JSON, with a sentence for the user and further fields."""
    return JsonResponse({"code": "invalid", "message": sentence, **more}, status=status)
