from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from ..models import User


class UserRequest(HttpRequest):
    """For the types: a request that passed `login_required` and the middleware."""

    user: User
    htmx: HtmxDetails
