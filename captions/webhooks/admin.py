"""Webhooks in the administration: where they lead and how that is going, without the address itself."""

from typing import TYPE_CHECKING

from django.contrib import admin

from ..models import WebhookEndpoint
from ..web.fixed_admin import Fixed

if TYPE_CHECKING:
    _WebhookAdmin = admin.ModelAdmin[WebhookEndpoint]
else:
    _WebhookAdmin = admin.ModelAdmin


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(Fixed, _WebhookAdmin):
    """Read-only, but webhooks can be deleted, which stops them."""

    list_display = ("host", "user", "is_on", "created_at", "failing_since", "problem")
    list_filter = ("is_on",)
    list_select_related = ("user",)
    ordering = ("-pk",)
    fields = list_display
