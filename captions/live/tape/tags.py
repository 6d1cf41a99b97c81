"""Template tags about the sound that pages record without a connection."""

from uuid import UUID

from django import template
from django.conf import settings
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ...models import User
from .key import name_of

register = template.Library()


@register.simple_tag(takes_context=True)
def tape_meta(context: Context) -> SafeString:
    """Where pages deliver what they recorded without a connection, for scripts; empty where that is off.

    The page that opens without a connection does not say of which account it is.
    """
    if not settings.TAPE_HOURS:
        return SafeString()
    meta = (
        '<meta name="tape" data-url="{}" data-any-id="{}" data-begun="{}" data-login="{}" data-key="{}"'
        ' data-hours="{}" data-account="{}">'
    )
    any_id = UUID(int=0)
    user: User = context["user"]
    return format_html(
        meta,
        reverse("session-tape", args=[any_id]),
        any_id,
        reverse("tape-begun"),
        reverse("tape-login"),
        reverse("tape-key"),
        settings.TAPE_HOURS,
        "" if context.get("is_offline") else name_of(user),
    )
