"""How long the body of a request may be."""

from django.conf import settings

FORM_BYTES = 1_000_000
"""What a form may have beside its file."""


def most_bytes() -> int:
    """The longest body that is kept: a form with the largest file."""
    return int(settings.LIMIT_UPLOAD_MB) * 1_000_000 + FORM_BYTES
