"""Reads the ICE candidates that a program sends after its offer (RFC 8840, 9)."""

from django.conf import settings
from django.utils.translation import gettext as _

from ...tokens.admission import Refusal

_PREFIX = "a=candidate:"


def candidates_in(fragment: str) -> list[str]:
    """The candidate lines in a fragment of SDP. Raises Refusal for what is none, or has too many."""
    lines = fragment.split("\n")
    if not any(line.startswith(("a=", "m=")) for line in lines):
        raise Refusal(400, "malformed", _("This is no SDP fragment: it has no line that begins with “a=”."))
    found = [line.strip().removeprefix("a=") for line in lines if line.startswith(_PREFIX)]
    if len(found) > settings.LIMIT_CANDIDATES:
        sentence = _("An offer may have %(count)s candidates at most.") % {"count": settings.LIMIT_CANDIDATES}
        raise Refusal(400, "too_many_candidates", sentence)
    if any(len(line) > settings.LIMIT_CANDIDATE_BYTES for line in found):
        raise Refusal(400, "too_large", _("A candidate is too long."))
    return found
