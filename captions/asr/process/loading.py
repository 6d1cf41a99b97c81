"""Loads the speech model of a recogniser process, so that it does best on this machine."""

from dataclasses import dataclass

from ...speech.capacity import Cost, Slots
from ..engine import calibration, devices
from ..engine.local_whisper import LocalWhisper
from ..engine.model_files import Located
from .messages import Load


@dataclass(frozen=True, slots=True)
class Loaded:
    engine: LocalWhisper
    slots: Slots
    costs: tuple[Cost, ...]


def load(located: Located, wanted: Load) -> Loaded:
    """The model that the worker's `load` asks for; what that leaves open is measured. Raises EngineError."""
    device = devices.default_device(wanted.model.device)
    cores = devices.cores()

    def make(slots: Slots) -> LocalWhisper:
        engine = LocalWhisper(
            located.path,
            name=located.name,
            device=device,
            compute_type=wanted.compute_type,
            cpu_threads=slots.threads,
            parallel=slots.parallel,
        )
        if wanted.language:
            engine.known_language(wanted.language)
        return engine

    threads, parallel = wanted.cpu_threads, wanted.parallel
    on_cores = device == "cpu"
    if not wanted.calibrate:
        at_once = parallel or 1
        of_each = (threads or max(1, cores // at_once)) if on_cores else 0
        slots = Slots(at_once, of_each, cores)
        return Loaded(make(slots), slots, ())
    found = calibration.best_slots(
        make, calibration.candidates(cores, threads=threads, parallel=parallel, on_cores=on_cores)
    )
    return Loaded(found.engine, found.slots, found.costs)
