"""What takes noise out of sound for a microphone that is near the mouth, or far from it."""

from collections.abc import Callable

from ...core.errors import WhisperStreamError
from ...speech.cleaning import Cleaner, CleaningKind
from . import deepfilter, webrtc

# The gentlest that were measured: more costs more words than it saves.
_NEAR_LEVEL = 2
_FAR_MOST_DB = 12.0

_MAKERS: dict[CleaningKind, Callable[[], Cleaner]] = {
    "near": lambda: webrtc.WebrtcCleaner(_NEAR_LEVEL),
    "far": lambda: deepfilter.DeepFilterCleaner(_FAR_MOST_DB),
}


class CleanerError(WhisperStreamError):
    """There is nothing that takes noise out of sound."""


def is_installed() -> bool:
    """Whether the libraries for all kinds are there: the extra `noise` has them."""
    return webrtc.is_installed() and deepfilter.is_installed()


def make_cleaner(kind: CleaningKind) -> Cleaner:
    """Makes what takes noise out for a kind but off, in up to a second. Raises CleanerError without the libraries."""
    if not is_installed():
        raise CleanerError("The libraries are not installed: pip install 'whisperstream[noise]'.")
    return _MAKERS[kind]()
