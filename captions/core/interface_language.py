"""The language that the interface speaks to somebody."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.utils.formats import localize
from django.utils.translation import get_supported_language_variant, gettext
from django.utils.translation.trans_real import parse_accept_lang_header


def language_for(chosen: str, accepted: str) -> str:
    """A code of LANGUAGES: what somebody has chosen, else what their browser accepts (the header Accept-Language),
    else the language of the sources."""
    for code in (chosen, *(code for code, _ in parse_accept_lang_header(accepted))):
        with suppress(LookupError):
            return get_supported_language_variant(code)
    return settings.LANGUAGE_CODE


def choices() -> list[tuple[str, str]]:
    """Codes, and what each language calls itself."""
    return [(code, str(name)) for code, name in settings.LANGUAGES]


def translated(text: str, values: Mapping[str, Any] | None = None) -> str:
    """A sentence that was made where nobody's language is known, in the one that is spoken here; its numbers too."""
    found = gettext(text) if text else ""
    return found % {name: localize(value) for name, value in values.items()} if values else found
