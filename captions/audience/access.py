"""Who may read the captions of a session, and for how long.

Whoever has no right to it learns nothing about a session, not even whether there is one.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from importlib import import_module
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import ApiToken, Scope, Session, Share, User
from ..protocol.commands import group, login_group
from ..tokens.admission import Refusal, admit, check_secure
from . import keys


@dataclass(frozen=True, slots=True)
class Reader(ABC):
    """Somebody who reads the captions of a session."""

    session: UUID

    is_owner: ClassVar[bool] = True

    @property
    def sees_partials(self) -> bool:
        """Whether they may read words before their sentence is saved."""
        return True

    @property
    def frame_ancestors(self) -> tuple[str, ...]:
        """The origins whose pages may show the captions in a frame."""
        return ()

    @property
    @abstractmethod
    def groups(self) -> list[str]:
        """The channel layer groups of what concerns them."""

    @property
    @abstractmethod
    def counted(self) -> tuple[str, int]:
        """With whom their streams are counted, and how many there may be."""

    @abstractmethod
    def refusal(self) -> str:
        """Why they may no longer read, as a word for `end`; empty if they may."""


@dataclass(frozen=True, slots=True)
class _Owner(Reader):
    user: int

    @property
    def groups(self) -> list[str]:
        return [group(str(self.session)), login_group(self.user)]

    @property
    def counted(self) -> tuple[str, int]:
        return f"user:{self.user}", settings.LIMIT_STREAMS_PER_USER

    def refusal(self) -> str:
        if not self._may():
            return "not_logged_in"
        found = Session.all_objects.filter(pk=self.session, user=self.user).only("trashed_at").first()
        if found is None:
            return "deleted"
        return "trashed" if found.trashed_at else ""

    @abstractmethod
    def _may(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Visitor(_Owner):
    """The session's own person, by the login of their browser."""

    login: str | None

    def _may(self) -> bool:
        # It ends with a logout, with a new password, or when the account is disabled or deleted.
        request = HttpRequest()
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(self.login)
        user = get_user(request)
        return user.pk == self.user and user.leaving_at is None


@dataclass(frozen=True, slots=True)
class Program(_Owner):
    """A program of the session's person, by an API token."""

    token: int

    def _may(self) -> bool:
        return ApiToken.objects.usable(timezone.now()).filter(pk=self.token).exists()


@dataclass(frozen=True, slots=True)
class Guest(Reader):
    """Somebody with a share link."""

    share: int
    partials: bool
    framed_by: str

    is_owner: ClassVar[bool] = False

    @property
    def sees_partials(self) -> bool:
        return self.partials

    @property
    def frame_ancestors(self) -> tuple[str, ...]:
        return tuple(self.framed_by.split())

    @property
    def groups(self) -> list[str]:
        return [group(str(self.session)), share_group(self.share)]

    @property
    def counted(self) -> tuple[str, int]:
        return f"session:{self.session}", settings.LIMIT_VIEWERS

    def refusal(self) -> str:
        return "" if Share.objects.usable().filter(pk=self.share).exists() else "revoked"


def share_group(share: int) -> str:
    """The channel layer group of everyone who reads with this link."""
    return f"share.{share}"


def reader(request: HttpRequest, session: UUID) -> Reader:
    """Whoever sends the request, with a token, a share link or a login. Raises Refusal and Http404."""
    check_secure(request)
    if "key" not in request.GET and "Authorization" in request.headers:
        return _program(request, session)
    return visitor(request, session)


def visitor(request: HttpRequest, session: UUID) -> Guest | Visitor:
    """Whoever looks at the page, with a share link or a login. Raises Refusal and Http404."""
    if "key" in request.GET:
        return _guest(request.GET["key"], session)
    if not request.user.is_authenticated:
        raise Refusal(401, "not_logged_in", _("You are logged out. Log in again."))
    _owned(request.user, session)
    return Visitor(session, request.user.pk, request.session.session_key)


def _guest(key: str, session: UUID) -> Guest:
    share = None
    if keys.is_whole(key):
        share = Share.objects.usable().filter(session=session, digest=keys.digest(key)).first()
    if share is None:
        raise Refusal(
            403, "wrong_key", _("This link is no longer valid. Ask whoever gave it to you for a new one.")
        )
    return Guest(session, share.pk, share.partials, share.frame_ancestors)


def _program(request: HttpRequest, session: UUID) -> Program:
    admitted = admit(request, Scope.READ)
    # Streams are counted by themselves, since they last for hours.
    admitted.leave()
    _owned(admitted.token.user, session)
    return Program(session, admitted.token.user_id, admitted.token.pk)


def _owned(user: User, session: UUID) -> None:
    if not user.sessions.filter(pk=session).exists():
        raise Http404
