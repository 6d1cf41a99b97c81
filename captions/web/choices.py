"""Choices that several forms share."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext_lazy, pgettext_lazy
from redis import RedisError

from ..core.languages import LANGUAGES, language_name
from ..protocol import availability, registry
from ..protocol.registry import WorkerState

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SENSITIVITIES = {0.3: gettext_lazy("High, for quiet voices"), 0.7: gettext_lazy("Low, for noisy rooms")}
"""Thresholds of the voice detection that can be chosen by their name."""

CLEANINGS = {
    "off": pgettext_lazy("noise reduction", "Off"),
    "near": gettext_lazy("For a microphone near you"),
    "far": gettext_lazy("For a microphone across the room"),
}
"""Which noise is taken out of the sound before it is recognised."""
CLEANING_HELP = gettext_lazy(
    "This usually makes the text worse. Try it only in loud, steady noise. The recording stays as it is."
)


def known_workers() -> Sequence[WorkerState]:
    """The audio workers; none while Valkey does not answer, which takes two seconds: a page asks once."""
    try:
        return registry.workers()
    except RedisError:
        return []


def only_language(workers: Sequence[WorkerState] | None = None) -> str:
    """The code of the only language that the server's speech model knows; empty if it knows several.

    `workers` are the audio workers, if they are known already.
    """
    return availability.only_language(known_workers() if workers is None else workers, settings.WHISPER_MODEL)


def translates(workers: Sequence[WorkerState] | None = None) -> bool:
    """Whether the server's speech model can translate into English. `workers` as in `only_language`."""
    return availability.translates(known_workers() if workers is None else workers, settings.WHISPER_MODEL)


def languages(
    *first: "tuple[str, StrOrPromise]",
    workers: Sequence[WorkerState] | None = None,
) -> "Callable[[], list[tuple[str, StrOrPromise]]]":
    """A callable that returns `first` and then all spoken languages (code and name).

    Names are in the language of the current request, and sorted in it. A speech model that knows only one language
    leaves no choice: it is the only one returned, without `first`. `workers` as in `only_language`.
    """

    def choices() -> "list[tuple[str, StrOrPromise]]":
        if only := only_language(workers):
            return [(only, language_name(only))]
        return [
            *first,
            *sorted(((code, language_name(code)) for code in LANGUAGES), key=lambda each: each[1]),
        ]

    return choices
