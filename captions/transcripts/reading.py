"""Access of reviewers to the transcripts of others: permission, and the access log."""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.functional import Promise

from ..models import AccessKind, Session, User
from ..web.requests import address
from . import access_log

if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[Any]
else:
    _Admin = admin.ModelAdmin

# Django's backend that looks permissions up in the database.
_PERMISSIONS = "django.contrib.auth.backends.ModelBackend"
_View = TypeVar("_View", bound=Callable[..., HttpResponseBase])


def person(request: HttpRequest) -> User:
    """The user of a request to the administration, which only signed-in users reach."""
    return cast(User, request.user)


def may_review(request: HttpRequest) -> bool:
    """Whether the user may see the transcripts of others; False without an account (login and logout pages ask too)."""
    return request.user.is_authenticated and person(request).is_reviewer


def has_other_readers(user: User) -> bool:
    """Whether somebody else with an account here may read the user's transcripts and play the recordings."""
    reviewers = User.objects.with_perm("captions.review_sessions", backend=_PERMISSIONS)
    return reviewers.filter(is_staff=True).exclude(pk=user.pk).exists()


def log_reading(
    request: HttpRequest,
    what: AccessKind,
    sessions: Iterable[Session],
    details: Mapping[UUID, str] | None = None,
) -> None:
    """Logs that the user is shown `sessions`; call it before they are shown."""
    access_log.log_access(
        person(request), what, sessions, details=details, address=address(request), page=request.path
    )


def in_english(text: str | Promise) -> str:
    """The text in English: the access log does not depend on the language of the reader's interface."""
    with translation.override(None):
        return str(text)


def reviewers_only(view: _View) -> _View:
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_review(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return cast(_View, wrapped)


class ReadersAdmin(_Admin):
    """Admin pages with transcripts of others: only for reviewers, whatever other permissions a user has.

    Every access is logged. `what` is the kind of access that the list is logged as.
    """

    what = AccessKind.LIST

    def session_of(self, row: Any) -> Session:
        session: Session = row
        return session

    def details_of(self, rows: Iterable[Any]) -> Mapping[UUID, str]:
        """Details to log for the sessions of a list, by session id."""
        return {}

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_review(request) and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Django's autocomplete would show names of rows on pages of other models, without an entry in the access log.
        asked = request.resolver_match
        if asked is not None and asked.url_name == "autocomplete":
            return False
        return may_review(request) and super().has_view_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_review(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_review(request) and super().has_delete_permission(request, obj)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        changes = (getattr(response, "context_data", None) or {}).get("cl")
        if changes is not None:
            rows = list(changes.result_list)
            sessions = {session.pk: session for session in map(self.session_of, rows)}
            log_reading(request, self.what, sessions.values(), self.details_of(rows))
        return response

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row of a page about one row; the access is logged here."""
        row = super().get_object(request, object_id, from_field)
        if row is not None and self.has_view_permission(request, row):
            log_reading(request, AccessKind.TRANSCRIPT, [self.session_of(row)])
        return row
