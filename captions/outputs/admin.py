"""Caption outputs in the administration: where they go and how that is going, without the address itself."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import CaptionOutput, User
from ..web.fixed_admin import Fixed

if TYPE_CHECKING:
    _OutputAdmin = admin.ModelAdmin[CaptionOutput]
else:
    _OutputAdmin = admin.ModelAdmin


@admin.register(CaptionOutput)
class CaptionOutputAdmin(Fixed, _OutputAdmin):
    """Read-only, but outputs can be deleted, which stops them."""

    list_display = ("host", "kind", "user", "created_at", "sent_at", "problem")
    list_filter = ("kind",)
    list_select_related = ("session__user",)
    ordering = ("-pk",)
    fields = ("host", "kind", "user", "created_at", "sent_at", "problem")
    readonly_fields = ("user",)

    @admin.display(description=_("user"), ordering="session__user")
    def user(self, output: CaptionOutput) -> User:
        return output.session.user
