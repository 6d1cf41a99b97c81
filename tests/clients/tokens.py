"""Tokens for tests of what programs do."""

from typing import Any

from django.test import AsyncClient
from django.utils import timezone

from captions.models import Scope, User
from captions.tokens.issuing import issue


def token_of(user: User, *scopes: Scope, **fields: Any) -> str:
    """The text of a new token of the user."""
    return issue(user, name="test", scopes=scopes, now=timezone.now(), **fields)[1]


class Program(AsyncClient):
    """A client that sends these headers with every request."""

    def __init__(self, **sent: str) -> None:
        super().__init__()
        self._sent = sent

    async def request(self, **request: Any) -> Any:
        own = [(name.replace("_", "-").encode(), value.encode()) for name, value in self._sent.items()]
        request["headers"] = [*request.get("headers", []), *own]
        return await super().request(**request)


def program(token: str) -> Program:
    """A client that sends the token with every request."""
    return Program(authorization=f"Bearer {token}")
