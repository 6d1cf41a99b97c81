"""The text messages of a client."""

from dataclasses import dataclass

from ...core.errors import WhisperStreamError
from ...core.json_text import decoded
from ...core.translatable import gettext_noop

_NO_JSON = gettext_noop("A text message must be JSON; sound is sent in binary messages.")
_KIND = gettext_noop("The type of a text message must be KeepAlive, Finalize, CloseStream or Configure.")
_TERMS = gettext_noop("keyterms must be a list of texts.")


class CommandError(WhisperStreamError):
    """A text message is not understood; `str` is a sentence in English."""


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """The client is there, although it sends no sound."""


@dataclass(frozen=True, slots=True)
class Finalize:
    """All text of the sound so far is wanted now."""


@dataclass(frozen=True, slots=True)
class CloseStream:
    """No more sound comes."""


@dataclass(frozen=True, slots=True)
class Configure:
    """Other words are to be expected; None leaves them."""

    terms: tuple[str, ...] | None = None


Command = KeepAlive | Finalize | CloseStream | Configure

_PLAIN: dict[str, Command] = {
    "KeepAlive": KeepAlive(),
    "Finalize": Finalize(),
    "CloseStream": CloseStream(),
}


def command(text: str) -> Command:
    """Raises CommandError."""
    try:
        data = decoded(text)
    except ValueError as error:
        raise CommandError(_NO_JSON) from error
    kind = data.get("type") if isinstance(data, dict) else None
    if isinstance(kind, str) and kind in _PLAIN:
        return _PLAIN[kind]
    if kind != "Configure":
        raise CommandError(_KIND)
    terms = data.get("keyterms")
    if terms is None:
        return Configure()
    if not isinstance(terms, list) or not all(isinstance(term, str) for term in terms):
        raise CommandError(_TERMS)
    return Configure(tuple(terms))
