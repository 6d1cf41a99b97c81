"""The access log in the administration, read-only."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import BigIntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, NullIf
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import Access, User
from ..web.fixed_admin import Fixed

if TYPE_CHECKING:
    _AccessAdmin = admin.ModelAdmin[Access]
else:
    _AccessAdmin = admin.ModelAdmin


@admin.register(Access)
class AccessAdmin(Fixed, _AccessAdmin):
    list_display = ("at", "reader_name", "what", "whose", "session", "detail", "address")
    list_filter = ("at", "what")
    date_hierarchy = "at"
    ordering = ("-at", "-id")
    show_full_result_count = False
    search_fields = ("=reader_name", "=owner", "=session", "=reader", "=whose_name")
    search_help_text = _("Searches for the username or id of either account, and for the id of a transcript.")
    fields = ("at", "reader_name", "reader", "what", "whose", "owner", "session", "detail", "address", "page")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Access]:
        number = Cast(NullIf(OuterRef("owner"), Value("")), BigIntegerField())
        person = User.objects.filter(pk=number)
        rows: QuerySet[Access] = super().get_queryset(request)
        return rows.annotate(whose_name=Subquery(person.values("username")[:1]))

    def has_delete_permission(self, request: HttpRequest, obj: Access | None = None) -> bool:
        return False

    @admin.display(description=_("account of"), ordering="owner")
    def whose(self, access: Any) -> str:
        if not access.owner:
            return gettext("All accounts")
        return access.whose_name or gettext("Deleted account %(number)s") % {"number": access.owner}
