from typing import Any

from django import template
from django.conf import settings
from django.utils.formats import number_format

from ..asr.speakers.sherpa import is_installed
from ..web.manifest import MEDIA
from ..web.service_worker import kept_in

register = template.Library()


@register.simple_tag
def upload_limits() -> dict[str, Any]:
    """The limits of a file: `mb` for its size, `hours`, formatted, for its length, and `media` for an `accept`.

    `speakers` says whether its voices can be told apart.
    """
    return {
        "mb": settings.LIMIT_UPLOAD_MB,
        "media": ",".join(MEDIA),
        "speakers": is_installed(),
        "hours": number_format(f"{settings.LIMIT_UPLOAD_SECONDS / 3600:.2g}"),
    }


@register.simple_tag
def shared_files() -> str:
    """Where the service worker keeps files that were shared, for the script that uploads them."""
    return kept_in()
