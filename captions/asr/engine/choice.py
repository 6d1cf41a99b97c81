"""Which engine decodes: the one place in which a configuration becomes an engine."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .base import EngineError, ParallelEngine, Wanted
from .fallback import FallbackEngine
from .located import Located, ModelFiles
from .openai import engine as forms
from .openai.service import Service
from .realtime import engine as realtime

# What loads an inference library is imported where it is needed.


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """The local model and how it runs or, if there is a `service`, that.

    An empty `compute_type` is the default of the device, 0 `cpu_threads` are all cores. A local model that does not
    know the `language` is not taken.
    """

    model: Wanted
    compute_type: str = ""
    cpu_threads: int = 0
    service: Service | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    engine: ParallelEngine
    identity: str
    """What its answers depend on, beside what it is asked: where the model is."""


class LocalEngine(ParallelEngine, Protocol):
    """A model of this machine."""

    @property
    def only_language(self) -> str:
        """The code of the only language that the model knows; empty if it knows several."""
        ...

    def known_language(self, asked: str) -> str:
        """The model's code for a language. Raises EngineError for one that it does not know."""
        ...


def files_of(wanted: Wanted) -> ModelFiles:
    """Where models in the format that is wanted are looked for."""
    if wanted.runtime == "whisper-cpp":
        from .whisper_cpp import model_files as ggml_files

        return ggml_files
    from . import model_files

    return model_files


def device_of(wanted: Wanted) -> str:
    """What the model runs on."""
    if wanted.runtime == "whisper-cpp":
        return "cpu"
    from .devices import default_device

    return default_device(wanted.device)


def name_of(choice: EngineChoice) -> str:
    """The name of the model."""
    if choice.service is not None:
        return choice.service.model
    return files_of(choice.model).name_of(choice.model)


def for_files(choice: EngineChoice, *, hops: int = 0) -> Chosen:
    """The engine for files; `hops` is how many servers like this one have passed them on. Raises EngineError."""
    service = choice.service
    if service is None:
        return _local(choice)
    engine = _or_else(service, _for_files(service, hops), lambda: _local(choice).engine)
    return Chosen(engine, f"{service.model} {service.url}")


def for_speech(service: Service, fallback: Callable[[], LocalEngine] | None) -> ParallelEngine:
    """The engine of a service for those who speak now. With a `fallback` that is made at once, since somebody waits for
    it when it is needed. Raises EngineError.
    """
    engine = _or_else(service, _for_speech(service), fallback)
    if isinstance(engine, FallbackEngine):
        engine.prepare()
    return engine


def whisper(
    choice: EngineChoice, located: Located, *, threads: int | None = None, parallel: int = 1
) -> LocalEngine:
    """The local model, with other `threads` than the choice has if that is said. Raises EngineError."""
    threads = choice.cpu_threads if threads is None else threads
    if choice.model.runtime == "whisper-cpp":
        engine = _whisper_cpp(choice, located, threads, parallel)
    else:
        engine = _faster_whisper(choice, located, threads, parallel)
    if choice.language:
        engine.known_language(choice.language)
    return engine


def _local(choice: EngineChoice) -> Chosen:
    located = files_of(choice.model).locate(choice.model)
    return Chosen(whisper(choice, located), located.path)


def _for_files(service: Service, hops: int) -> ParallelEngine:
    if service.speaks == "forms":
        return forms.file_engine(service, hops)
    return realtime.file_engine(service, hops)


def _for_speech(service: Service) -> ParallelEngine:
    return forms.live_engine(service) if service.speaks == "forms" else realtime.live_engine(service)


def _faster_whisper(choice: EngineChoice, located: Located, threads: int, parallel: int) -> LocalEngine:
    from .local_whisper import LocalWhisper

    return LocalWhisper(
        located.path,
        name=located.name,
        device=choice.model.device,
        compute_type=choice.compute_type,
        cpu_threads=threads,
        parallel=parallel,
    )


def _whisper_cpp(choice: EngineChoice, located: Located, threads: int, parallel: int) -> LocalEngine:
    from .whisper_cpp.engine import WhisperCpp

    if choice.model.device == "cuda":
        raise EngineError(
            "whisper.cpp uses only the processor here. Set WHISPER_DEVICE=cpu, or ENGINE=local for the graphics card."
        )
    if choice.compute_type:
        raise EngineError(
            f"WHISPER_COMPUTE_TYPE is {choice.compute_type!r}, but a model of whisper.cpp has its arithmetic in its "
            "file. Leave it empty, and choose a model such as base-q5_1."
        )
    return WhisperCpp(located.path, name=located.name, cpu_threads=threads, parallel=parallel)


def _or_else(
    service: Service, engine: ParallelEngine, fallback: Callable[[], ParallelEngine] | None
) -> ParallelEngine:
    if fallback is None or not service.falls_back:
        return engine
    return FallbackEngine(engine, fallback, parallel=service.parallel)
