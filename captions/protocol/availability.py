"""Whether a new dictation could start now, derived from the states of the audio workers.

Messages are in the active language, except why a model cannot be used, which is meant for the operator: in English.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _

from ..core.interface_language import translated
from ..core.languages import LANGUAGES
from ..core.translating import can_translate
from .registry import WorkerState


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a new dictation could start, as /status/ returns it."""

    state: Literal["ready", "full", "loading", "failed", "none"]
    """`none`: no audio worker is running."""
    message: str = ""
    """A sentence for the page; empty when ready."""
    done: int = 0
    """Bytes of the model that are downloaded."""
    total: int = 0
    """Bytes of the model; 0 if nothing is downloaded."""
    model: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def availability(workers: Sequence[WorkerState]) -> Availability:
    """The best state of all workers: ready, then full, loading, failed, none."""
    ready = [worker for worker in workers if worker.state == "ready"]
    with_room = next((worker for worker in ready if worker.room > 0), None)
    if with_room:
        return Availability("ready", model=with_room.model)
    if ready:
        message = _("The server is busy with other dictations. Try again in a few minutes.")
        return Availability("full", message, model=ready[0].model)
    loading = max(
        (worker for worker in workers if worker.state == "loading"),
        key=lambda worker: worker.done,
        default=None,
    )
    if loading:
        return Availability("loading", _loading(loading), loading.done, loading.total, model=loading.model)
    failed = next((worker for worker in workers if worker.state == "failed"), None)
    if failed:
        return Availability("failed", failed.message, model=failed.model)
    return Availability("none", _("Speech recognition is not running. It should be back in a moment."))


def only_language(workers: Sequence[WorkerState], model: str) -> str:
    """The code of the only language in which one can dictate; empty if there are several.

    While no worker is ready, the name of the configured `model` tells: models for English alone end in ".en".
    """
    ready = {worker.only_language for worker in workers if worker.state == "ready"}
    if ready:
        return ready.pop() if len(ready) == 1 else ""
    return "en" if model.rstrip("/").endswith(".en") else ""


def translates(workers: Sequence[WorkerState], model: str) -> bool:
    """Whether what is dictated can be translated: as `only_language`, by the workers, or else by the `model`."""
    ready = [worker for worker in workers if worker.state == "ready"]
    if not ready:
        return can_translate(model.rstrip("/").rpartition("/")[2], only_language(workers, model))
    return any(can_translate(worker.model, worker.only_language) for worker in ready)


def known_languages(workers: Sequence[WorkerState], model: str) -> frozenset[str]:
    """The codes of all languages in which one can dictate."""
    only = only_language(workers, model)
    return frozenset([only] if only else LANGUAGES)


def _loading(worker: WorkerState) -> str:
    if not worker.model:
        return translated(worker.message) or _("The speech model is loading.")
    if worker.total:
        return _("Downloading the speech model %(model)s.") % {"model": worker.model}
    return _("Loading the speech model %(model)s.") % {"model": worker.model}
