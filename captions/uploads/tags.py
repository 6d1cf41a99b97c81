from typing import Any

from django import template
from django.conf import settings
from django.utils.formats import number_format

register = template.Library()


@register.simple_tag
def upload_limits() -> dict[str, Any]:
    """How large and how long a file may be: `mb`, and `hours` as people write them."""
    return {
        "mb": settings.LIMIT_UPLOAD_MB,
        "hours": number_format(f"{settings.LIMIT_UPLOAD_SECONDS / 3600:.2g}"),
    }
