"""Whether somebody who presses Start would be heard, from what the audio workers say of themselves, in the language of
whoever asks. Why a model cannot be used is for whoever runs the server: that stays in the language of the sources."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _

from ..core.interface_language import translated
from .registry import WorkerState


@dataclass(frozen=True, slots=True)
class Availability:
    """`message` is a sentence for the page, empty when ready; `done` of `total` bytes of a download are there."""

    state: Literal["ready", "full", "loading", "failed", "none"]
    message: str = ""
    done: int = 0
    total: int = 0
    model: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def availability(workers: Sequence[WorkerState]) -> Availability:
    """The best that any of the workers offers."""
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


def _loading(worker: WorkerState) -> str:
    if not worker.model:
        return translated(worker.message) or _("The speech model is loading.")
    if worker.total:
        return _("Downloading the speech model %(model)s.") % {"model": worker.model}
    return _("Loading the speech model %(model)s.") % {"model": worker.model}
