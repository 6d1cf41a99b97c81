"""The language of the interface for one user."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.utils.formats import localize
from django.utils.translation import get_supported_language_variant, gettext
from django.utils.translation.trans_real import parse_accept_lang_header


def language_for(chosen: str, accepted: str) -> str:
    """The code of the interface language, one of LANGUAGES.

    It is `chosen` by the user, else the best that `accepted` (the header Accept-Language) asks for, else
    LANGUAGE_CODE.
    """
    for code in (chosen, *(code for code, _ in parse_accept_lang_header(accepted))):
        with suppress(LookupError):
            return get_supported_language_variant(code)
    return settings.LANGUAGE_CODE


def choices() -> list[tuple[str, str]]:
    """The code of each interface language with its own name for itself."""
    return [(code, str(name)) for code, name in settings.LANGUAGES]


def translated(text: str, values: Mapping[str, Any] | None = None) -> str:
    """A stored English sentence in the active language, with its localised `values` filled in; empty for no text."""
    found = gettext(text) if text else ""
    return found % {name: localize(value) for name, value in values.items()} if values else found
