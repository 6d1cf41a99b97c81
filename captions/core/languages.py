"""The languages that the Whisper models know, and their names in the language of the interface."""

from django.utils.translation import gettext

from .language_codes import LANGUAGES, language_tag

__all__ = ["LANGUAGES", "language_name", "language_tag"]


def language_name(code: str) -> str:
    """The name of a language in the active language, such as English for en; an unknown code is returned as it is."""
    return gettext(LANGUAGES[code]) if code in LANGUAGES else code
