"""Webhooks in the administration: where they lead and how that is going, without the address itself."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest

from ..models import WebhookEndpoint

if TYPE_CHECKING:
    _WebhookAdmin = admin.ModelAdmin[WebhookEndpoint]
else:
    _WebhookAdmin = admin.ModelAdmin


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(_WebhookAdmin):
    """Read-only, but webhooks can be deleted, which stops them."""

    list_display = ("host", "user", "is_on", "created_at", "failing_since", "problem")
    list_filter = ("is_on",)
    list_select_related = ("user",)
    ordering = ("-pk",)
    fields = list_display

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> bool:
        return False
