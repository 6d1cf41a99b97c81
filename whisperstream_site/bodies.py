"""Who may send a body that is longer than any form has: programs that are known, where files are taken."""

from collections.abc import Mapping
from urllib.parse import unquote

from django.conf import settings
from django.urls import Resolver404, resolve

from captions.tokens.admission import has_usable_token

_TAKING_FILES = {"openai-transcriptions", "openai-translations", "deepgram-listen", "api:upload"}


def takes_files(path: str) -> bool:
    """Whether programs send files to this path of a request."""
    try:
        found = resolve(unquote(path).removeprefix(settings.BASE_PATH))
    except Resolver404:
        return False
    return found.view_name in _TAKING_FILES


def may_be_long(path: str, headers: Mapping[str, str]) -> bool:
    """Whether a body that comes with these headers may be long. Raises django.db.Error where the database is away."""
    return takes_files(path) and has_usable_token(headers)
