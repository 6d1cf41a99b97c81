"""What views have in common: who asks, for what, and how that is refused."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django_htmx.middleware import HtmxDetails

from ..models import Session, User


class UserRequest(HttpRequest):
    """For the types: a request that passed `login_required` and the middleware."""

    user: User
    htmx: HtmxDetails


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, not somebody who follows a link or sends a form."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def own_session(user: User, pk: UUID) -> Session:
    """A session of theirs; raises Http404 for any other."""
    return get_object_or_404(user.sessions, pk=pk)


def refused(sentence: str, status: int = 400, **more: Any) -> JsonResponse:
    """Why a script does not get what it asked for."""
    return JsonResponse({"code": "invalid", "message": sentence, **more}, status=status)
