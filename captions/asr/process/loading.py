"""Makes the engine of a recogniser process."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ...speech.capacity import Cost, Slots
from ..engine.base import ParallelEngine
from ..engine.choice import EngineChoice, for_speech
from ..engine.openai.service import Service
from .messages import Load, Loading

Tell = Callable[[Loading], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    engine: ParallelEngine
    slots: Slots
    costs: tuple[Cost, ...] = ()
    only_language: str = ""


def load(wanted: Load, tell: Tell) -> Loaded:
    """What the worker's `load` asks for. Raises EngineError."""
    choice = EngineChoice(
        wanted.model, wanted.compute_type, wanted.cpu_threads, wanted.service, wanted.language
    )
    if wanted.service is not None:
        return _service(choice, wanted.service, tell)
    # Only now, as below: it loads the inference library.
    from . import whisper_loading

    return whisper_loading.load(choice, wanted, tell)


def _service(choice: EngineChoice, service: Service, tell: Tell) -> Loaded:
    """Nothing is asked of the service yet."""
    slots = Slots(service.parallel)
    if not service.falls_back:
        return Loaded(for_speech(service, None), slots)
    from . import whisper_loading

    fallback = partial(whisper_loading.beside, choice, service.parallel, tell)
    return Loaded(for_speech(service, fallback), slots)
