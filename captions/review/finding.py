"""Filters, search and paging for admin lists that stay fast in a large database: none counts or sorts whole tables."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ORDER_VAR
from django.contrib.postgres.fields import ArrayField
from django.core.paginator import Paginator
from django.db.models import F, Func, IntegerField, Q, QuerySet, Value
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..core.languages import language_name
from ..models import Session, User
from ..transcripts.admin_search import FoundKeys
from ..transcripts.search import languages_of
from ..transcripts.timely import SlowSearchError

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator

_MOST_COUNTED = 10_000
_LONGEST_NUMBER = 18


class BoundedPaginator(_Paginator):
    """A paginator that counts at most _MOST_COUNTED rows; older ones are reached through filters."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[:_MOST_COUNTED].count())


class PersonFilter(admin.SimpleListFilter):
    """Filters by user; lists the users who have sessions, without reading the utterances."""

    title = _("user")
    parameter_name = "session__user__id__exact"

    @classmethod
    def chosen(cls, request: HttpRequest) -> int | None:
        """The number of the account that the list is filtered by, if any."""
        value = request.GET.get(cls.parameter_name, "")
        return int(value) if value.isdecimal() and len(value) <= _LONGEST_NUMBER else None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        people = User.objects.filter(pk__in=Session.objects.order_by().values("user")).order_by("username")
        return [(str(person.pk), str(person)) for person in people.only("username", "first_name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(session__user=self.value()) if self.value() else queryset


class SpokenFilter(admin.SimpleListFilter):
    """Filters by language; lists the languages of the sessions, without reading the utterances."""

    title = _("language")
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        spoken = ((each, language_name(each)) for each in languages_of(Session.objects.all()))
        return sorted(spoken, key=lambda each: each[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(language=self.value()) if self.value() else queryset


class SessionLanguageFilter(SpokenFilter):
    """Filters by the language that the user chose, or else the detected one."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        return queryset.filter(Q(language=self.value()) | Q(language="", detected=self.value()))


def only(
    request: HttpRequest, queryset: QuerySet[Any], search: Callable[[], FoundKeys | None]
) -> QuerySet[Any]:
    """The rows that a search finds, the best first unless the user sorts by columns; all if it asks for nothing.

    Adds a message if there are more, or if it took too long.
    """
    try:
        found = search()
    except SlowSearchError as error:
        messages.error(request, str(error))
        return queryset.none()
    if found is None:
        return queryset
    if not found.is_all:
        text = gettext("Only %(count)s of the results are shown. Add words to narrow the search.")
        messages.info(request, text % {"count": len(found.keys)})
    rows = queryset.filter(pk__in=found.keys)
    if ORDER_VAR in request.GET or not found.keys:
        return rows
    keys = Value(list(found.keys), output_field=ArrayField(queryset.model._meta.pk.__class__()))
    return rows.order_by(Func(keys, F("pk"), function="array_position", output_field=IntegerField()))
