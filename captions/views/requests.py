from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from ..models import User


class UserRequest(HttpRequest):
    """For the types: a request that passed `login_required` and the middleware."""

    user: User
    htmx: HtmxDetails


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, not somebody who follows a link or sends a form."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"
