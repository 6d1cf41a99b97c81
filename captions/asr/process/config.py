"""What a recogniser is made of, and what it says of itself."""

from dataclasses import dataclass, field
from typing import Literal

from ...speech.capacity import Cost, Slots, room
from ..engine.base import Wanted
from ..engine.openai.service import Service


@dataclass(frozen=True, slots=True)
class RecogniserConfig:
    """`language` is only checked: a model that does not know it is not taken. With a `service` that decodes, and the
    model is loaded only where it is to fall back to it; nothing is calibrated then.

    `cpu_threads` are those of one decode, `parallel` is how many decodes run at once. With `calibrate` the first
    process measures what decodes cost here, and which numbers do best where they are 0; without, 0 means every core,
    and one. The costs are looked at again `rounds` times, one whenever nothing was to be done for `idle_seconds`. While
    decodes wait for `most_lag_seconds` nobody else is heard.

    `decode_seconds` and twice the length of the audio is how long a decode may take before its process is killed;
    a download may stand still for `stall_seconds`, and loading take `load_seconds`. The process is started again at
    an idle moment when it has grown by `grow_mb` since it was loaded.
    """

    model: Wanted
    compute_type: str = ""
    cpu_threads: int = 0
    parallel: int = 0
    language: str = ""
    service: Service | None = None
    calibrate: bool = True
    rounds: int = 3
    idle_seconds: float = 5.0
    most_lag_seconds: float = 2.0
    decode_seconds: float = 30.0
    stall_seconds: float = 60.0
    load_seconds: float = 300.0
    retry_seconds: float = 0.5
    most_retry_seconds: float = 30.0
    grow_mb: int = 1024


@dataclass(frozen=True, slots=True)
class RecogniserState:
    """Whether the recogniser can decode.

    `message` is a sentence: what is being loaded, of which `done` of `total` bytes are there (0 of 0 when that is not
    known); or why it failed. Once ready, `only_language` is the code of the only language that the model knows, empty
    if it knows several; `slots` is how it decodes, and `costs` are what decodes were measured to take, empty without a
    calibration.
    """

    phase: Literal["loading", "ready", "failed"]
    message: str = ""
    done: int = 0
    total: int = 0
    model: str = ""
    device: str = ""
    only_language: str = ""
    slots: Slots = field(default_factory=Slots)
    costs: tuple[Cost, ...] = ()

    @property
    def places(self) -> int:
        """How many sessions it can serve at once by what decodes cost; one where that was not measured."""
        return room(self.costs, self.slots) if self.costs else 1
