"""Loads the speech model of a recogniser process, so that it does best on this machine."""

from dataclasses import dataclass

from ...speech.capacity import Cost, Slots
from ..engine import calibration, devices
from ..engine.local_whisper import LocalWhisper
from ..engine.model_files import Located
from .wire import Header


@dataclass(frozen=True, slots=True)
class Loaded:
    engine: LocalWhisper
    slots: Slots
    costs: tuple[Cost, ...]


def load(located: Located, header: Header) -> Loaded:
    """The model that the worker's `load` asks for; what that leaves open is measured. Raises EngineError."""
    device = devices.default_device(header["model"]["device"])
    cores = devices.cores()

    def make(slots: Slots) -> LocalWhisper:
        engine = LocalWhisper(
            located.path,
            name=located.name,
            device=device,
            compute_type=header["compute_type"],
            cpu_threads=slots.threads,
            parallel=slots.parallel,
        )
        if header["language"]:
            engine.known_language(header["language"])
        return engine

    threads, parallel = header["cpu_threads"], header["parallel"]
    on_cores = device == "cpu"
    if not header["calibrate"]:
        at_once = parallel or 1
        of_each = (threads or max(1, cores // at_once)) if on_cores else 0
        slots = Slots(at_once, of_each, cores)
        return Loaded(make(slots), slots, ())
    found = calibration.best_slots(
        make, calibration.candidates(cores, threads=threads, parallel=parallel, on_cores=on_cores)
    )
    return Loaded(found.engine, found.slots, found.costs)
