"""The text messages of a client."""

import json
from dataclasses import dataclass

from ...core.errors import WhisperStreamError

_KINDS = "KeepAlive, Finalize, CloseStream or Configure"


class CommandError(WhisperStreamError):
    """A text message is not understood."""


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
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CommandError("A text message must be JSON; sound is sent in binary messages.") from error
    kind = data.get("type") if isinstance(data, dict) else None
    if isinstance(kind, str) and kind in _PLAIN:
        return _PLAIN[kind]
    if kind != "Configure":
        raise CommandError(f"The type of a text message must be {_KINDS}.")
    terms = data.get("keyterms")
    if terms is None:
        return Configure()
    if not isinstance(terms, list) or not all(isinstance(term, str) for term in terms):
        raise CommandError("keyterms must be a list of texts.")
    return Configure(tuple(terms))
