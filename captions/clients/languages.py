"""Whether the speech model of this server knows the language that a client asks for."""

from django.utils.translation import gettext as _

from ..core.languages import language_name
from ..tokens.admission import Refusal
from ..web.choices import only_language


def check_language(code: str) -> str:
    """Raises Refusal for another language than the only one it knows; returns that, empty if it knows several."""
    only = only_language()
    if only and code not in ("", only):
        sentence = _("The speech model of this server knows only this language: %(language)s.")
        raise Refusal(400, "invalid_value", sentence % {"language": language_name(only)}, param="language")
    return only
