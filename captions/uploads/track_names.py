"""What people call an audio track of a file."""

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ..asr.offline.tracks import Track


def track_name(track: Track) -> str:
    """A track in the active language, such as "Track 2, English, Mic": as the list of uploads names it."""
    about = (_("Track %(number)s") % {"number": track.number}, _language(track.language), track.title)
    return ", ".join(filter(None, about))


def _language(code: str) -> str:
    """The name of a language by the two or three letters that files have for it; others as they are."""
    try:
        names = Locale.parse(get_language() or "en", sep="-").languages
    except (ValueError, UnknownLocaleError):
        return code
    # Files say "ger" where the names are listed under "de".
    return str(names.get(get_global("language_aliases").get(code, code), code))
