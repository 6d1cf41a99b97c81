from typing import Any

from django import template
from django.conf import settings
from django.utils.formats import number_format

register = template.Library()


@register.simple_tag
def upload_limits() -> dict[str, Any]:
    """The limits of a file: `mb` for its size, and `hours`, formatted, for its length."""
    return {
        "mb": settings.LIMIT_UPLOAD_MB,
        "hours": number_format(f"{settings.LIMIT_UPLOAD_SECONDS / 3600:.2g}"),
    }
