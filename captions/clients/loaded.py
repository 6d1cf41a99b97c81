"""The names of the models that the audio workers have loaded, as clients are told them."""

from collections.abc import Sequence
from pathlib import PurePath

from django.conf import settings

from ..protocol import registry
from ..protocol.registry import WorkerState

UNNAMED = "whisper"
"""What a model is called while none is loaded and the best one is to be chosen."""


def models_of(workers: Sequence[WorkerState]) -> list[str]:
    """Those of the workers; the name that is set if none has one, which may be no name at all."""
    names = sorted({worker.model for worker in workers if worker.model}) or [settings.WHISPER_MODEL]
    # A folder of the server is nobody's business; the repository of a hub is written with one slash.
    return [PurePath(name).name if name.startswith("/") else name for name in names if name]


def model_of(workers: Sequence[WorkerState]) -> str:
    """The first of them."""
    return next(iter(models_of(workers)), UNNAMED)


def loaded_models() -> list[str]:
    """The models of the workers that are there now. Raises redis.RedisError."""
    return models_of(registry.workers())


def loaded_model() -> str:
    """The first of them. Raises redis.RedisError."""
    return model_of(registry.workers())
