"""Which engine decodes: the one place in which a configuration becomes an engine."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .base import ParallelEngine, Wanted
from .fallback import FallbackEngine
from .openai import engine as forms
from .openai.service import Service
from .realtime import engine as realtime

if TYPE_CHECKING:
    from .local_whisper import LocalWhisper
    from .model_files import Located


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


def name_of(choice: EngineChoice) -> str:
    """The name of the model."""
    if choice.service is not None:
        return choice.service.model
    from .model_files import name_of as name_of_local

    return name_of_local(choice.model)


def for_files(choice: EngineChoice, *, hops: int = 0) -> Chosen:
    """The engine for files; `hops` is how many servers like this one have passed them on. Raises EngineError."""
    service = choice.service
    if service is None:
        return _local(choice)
    engine = _or_else(service, _for_files(service, hops), lambda: _local(choice).engine)
    return Chosen(engine, f"{service.model} {service.url}")


def for_speech(service: Service, fallback: Callable[[], "LocalWhisper"] | None) -> ParallelEngine:
    """The engine of a service for those who speak now. With a `fallback` that is made at once, since somebody waits for
    it when it is needed. Raises EngineError.
    """
    engine = _or_else(service, _for_speech(service), fallback)
    if isinstance(engine, FallbackEngine):
        engine.prepare()
    return engine


def whisper(
    choice: EngineChoice, located: "Located", *, threads: int | None = None, parallel: int = 1
) -> "LocalWhisper":
    """The local model, with other `threads` than the choice has if that is said. Raises EngineError."""
    # Only now: it loads the inference library.
    from .local_whisper import LocalWhisper

    engine = LocalWhisper(
        located.path,
        name=located.name,
        device=choice.model.device,
        compute_type=choice.compute_type,
        cpu_threads=choice.cpu_threads if threads is None else threads,
        parallel=parallel,
    )
    if choice.language:
        engine.known_language(choice.language)
    return engine


def _local(choice: EngineChoice) -> Chosen:
    from .model_files import locate

    located = locate(choice.model)
    return Chosen(whisper(choice, located), located.path)


def _for_files(service: Service, hops: int) -> ParallelEngine:
    if service.speaks == "forms":
        return forms.file_engine(service, hops)
    return realtime.file_engine(service, hops)


def _for_speech(service: Service) -> ParallelEngine:
    return forms.live_engine(service) if service.speaks == "forms" else realtime.live_engine(service)


def _or_else(
    service: Service, engine: ParallelEngine, fallback: Callable[[], ParallelEngine] | None
) -> ParallelEngine:
    if fallback is None or not service.falls_back:
        return engine
    return FallbackEngine(engine, fallback, parallel=service.parallel)
