"""Refuses sound that servers like this one pass around in a circle."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from ...core import hops
from ...tokens.admission import Refusal


def hops_of(headers: Mapping[str, str]) -> int:
    """How many servers have passed on the sound of a request. Raises Refusal where these are too many."""
    found = hops.read(headers.get(hops.HEADER, ""))
    if found > hops.MOST:
        sentence = _("This sound has passed through too many servers, perhaps in a circle.")
        raise Refusal(400, "too_many_hops", sentence)
    return found
