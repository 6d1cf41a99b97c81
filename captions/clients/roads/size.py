"""Refuses what is larger than a file may be."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from ...tokens.admission import Refusal


def check_length(request: HttpRequest, most_bytes: int) -> None:
    """Raises Refusal for a body that is too large, before anything of it is read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > most_bytes:
        raise too_large()


def too_large() -> Refusal:
    sentence = _("The file is larger than %(size)s MB. Split it, or save only its audio.")
    return Refusal(413, "file_too_large", sentence % {"size": settings.LIMIT_UPLOAD_MB}, param="file")
