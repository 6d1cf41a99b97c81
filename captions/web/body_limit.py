"""How long the body of a request may be."""

from django.conf import settings

FORM_BYTES = 1_000_000
"""What a form may have beside its file."""
STRANGER_BYTES = 2_000_000
"""What anybody may send anywhere: any form, and the pieces in which pages send files. More only programs send, with a
token, where files are taken."""


def most_bytes() -> int:
    """The longest body that is kept: a form with the largest file."""
    return int(settings.LIMIT_UPLOAD_MB) * 1_000_000 + FORM_BYTES
