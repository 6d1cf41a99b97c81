"""The names of the models that the audio workers have loaded, as clients are told them."""

from pathlib import PurePath

from django.conf import settings

from ..protocol import registry


def loaded_models() -> list[str]:
    """The name that is set if no worker has one. Raises redis.RedisError."""
    workers = registry.workers()
    names = sorted({worker.model for worker in workers if worker.model}) or [settings.WHISPER_MODEL]
    # A folder of the server is nobody's business; the repository of a hub is written with one slash.
    return [PurePath(name).name if name.startswith("/") else name for name in names if name]


def loaded_model() -> str:
    """The first of them. Raises redis.RedisError."""
    return next(iter(loaded_models()), "whisper")
