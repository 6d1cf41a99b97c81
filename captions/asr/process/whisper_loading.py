"""Loads the local speech model of a recogniser process, so that it does best on this machine."""

from ...speech.capacity import Slots
from ..engine import calibration
from ..engine.choice import EngineChoice, LocalEngine, device_of, files_of, whisper
from ..engine.cores import cores as cores_here
from ..engine.located import Located
from .loading import Loaded, Tell
from .messages import Load, Loading


def load(choice: EngineChoice, wanted: Load, tell: Tell) -> Loaded:
    """The model that is asked for; what that leaves open is measured. Raises EngineError."""
    located = _located(choice, tell)
    on_cores = device_of(choice.model) == "cpu"
    cores, threads, parallel = cores_here(), choice.cpu_threads, wanted.parallel

    def make(slots: Slots) -> LocalEngine:
        return whisper(choice, located, threads=slots.threads, parallel=slots.parallel)

    if not wanted.calibrate:
        at_once = parallel or 1
        of_each = (threads or max(1, cores // at_once)) if on_cores else 0
        slots = Slots(at_once, of_each, cores)
        engine = make(slots)
        return Loaded(engine, slots, only_language=engine.only_language)
    found = calibration.best_slots(
        make, calibration.candidates(cores, threads=threads, parallel=parallel, on_cores=on_cores)
    )
    return Loaded(found.engine, found.slots, found.costs, found.engine.only_language)


def beside(choice: EngineChoice, parallel: int, tell: Tell) -> LocalEngine:
    """The model that takes over where another engine fails, with so many decodes at once. Raises EngineError."""
    located = _located(choice, tell)
    threads = choice.cpu_threads or max(1, cores_here() // parallel)
    return whisper(choice, located, threads=threads, parallel=parallel)


def _located(choice: EngineChoice, tell: Tell) -> Located:
    files = files_of(choice.model)
    name = files.name_of(choice.model)

    def on_progress(done: int, total: int) -> None:
        tell(Loading(f"Downloading the speech model {name}.", name, done, total))

    located = files.locate(choice.model, on_progress)
    tell(Loading(f"Loading the speech model {located.name}.", located.name))
    return located
