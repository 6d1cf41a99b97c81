"""Whether a request with a token is admitted: a secure connection, a usable token, its scope, its rate."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from redis import RedisError

from ..core.errors import WhisperStreamError
from ..models import ApiToken, Scope
from ..web.requests import address
from . import limits
from .finding import TokenError, find, note_use


@dataclass(eq=False)
class Refusal(WhisperStreamError):
    """A request is refused. Each dialect writes it in a form of its own.

    `code` is one of insecure, invalid_token, insufficient_scope, rate_limited, too_many_sockets, not_found,
    wrong_method, invalid, unavailable, failed, or that of a MessageError.
    """

    status: int
    """Of HTTP."""
    code: str
    sentence: str
    param: str = ""
    """The name of what was wrong in the request, if it has one."""
    retry_after: float | None = None
    """Seconds."""
    headers: tuple[tuple[str, str], ...] = ()

    def put_on(self, response: HttpResponse) -> None:
        """Adds what an answer says beside its body, in every dialect."""
        for name, value in self.headers:
            response[name] = value
        if self.retry_after is not None:
            response["Retry-After"] = str(math.ceil(self.retry_after))
        # It was logged, or is nothing that an operator must know.
        response._has_been_logged = True  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request that was admitted; it holds one of the places of its token until `leave`."""

    token: ApiToken
    place: str

    def leave(self) -> None:
        """Gives the place back; if Valkey is away, it is free after an hour."""
        with suppress(RedisError):
            limits.leave_place(self.token.pk, self.place)


def admit(
    request: HttpRequest,
    scope: Scope | None,
    sent: "Callable[[HttpRequest], str] | None" = None,
    find: Callable[[str, datetime], ApiToken] = find,
) -> Admitted:
    """Admits a request whose sender may do what `scope` names (None: what every token may).

    The token comes as `Authorization: Bearer` (or `Token`) or as `api-key`, never in the address; cookies are not
    looked at. `sent` reads it from elsewhere; `find` is that of `identify`. Raises Refusal, and redis.RedisError or
    django.db.Error where a store is away.
    """
    token = identify(request, (sent or sent_token)(request), scope, find)
    with _refused_at_the_limit():
        return Admitted(token, limits.take_place(token.pk))


def identify(
    request: HttpRequest,
    text: str,
    scope: Scope | None,
    find: Callable[[str, datetime], ApiToken] = find,
) -> ApiToken:
    """The token with this text, which came with the request or the handshake of a socket; raises as `admit`.

    It is counted and noted as used, but holds no place among the requests of its account that run at once. `find` may
    know of other texts that stand for a token; it raises TokenError.
    """
    check_secure(request)
    origin = address(request) or ""
    with _refused_at_the_limit():
        limits.check_address(origin)
        try:
            token = find(text, timezone.now())
        except TokenError as error:
            limits.count_wrong_token(origin)
            raise Refusal(
                401, "invalid_token", str(error), headers=(("WWW-Authenticate", "Bearer"),)
            ) from error
        limits.count_request(token.pk)
    note_use(token, origin or None, timezone.now())
    _require(token, scope)
    return token


@contextmanager
def _refused_at_the_limit() -> Iterator[None]:
    try:
        yield
    except limits.TooManyRequestsError as error:
        raise Refusal(
            429,
            "rate_limited",
            _("Too many requests. Try again in a moment."),
            retry_after=error.seconds,
        ) from error


def _require(token: ApiToken, scope: Scope | None) -> None:
    if scope is not None and not token.allows(scope):
        raise Refusal(
            403,
            "insufficient_scope",
            _("This API token may not do that. Make one that may: “%(scope)s”.") % {"scope": scope.label},
        )


def check_secure(request: HttpRequest) -> None:
    """Raises Refusal for plain HTTP. A redirect would come too late: the token has been sent already."""
    if not request.is_secure() and not settings.LOCAL:
        raise Refusal(403, "insecure", _("Use https://, since the token is sent with every request."))


def sent_token(request: HttpRequest) -> str:
    """The text of the token in the head of a request; empty if there is none."""
    return _token_among(request.headers)


def has_usable_token(headers: Mapping[str, str]) -> bool:
    """Whether a request with these headers, whatever their case, has a token that may be used for something.

    Raises django.db.Error where the database is away.
    """
    try:
        find(_token_among(headers), timezone.now())
    except TokenError:
        return False
    return True


def _token_among(headers: Mapping[str, str]) -> str:
    scheme, _space, text = headers.get("Authorization", "").partition(" ")
    # Deepgram's clients say “Token”.
    if scheme.lower() in ("bearer", "token"):
        return text.strip()
    return headers.get("Api-Key", "").strip()
