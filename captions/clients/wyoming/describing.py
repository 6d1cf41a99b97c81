"""What the server says of itself: its models, and the languages that they know."""

from collections.abc import Sequence

from asgiref.sync import sync_to_async
from django.conf import settings

from ...core.languages import LANGUAGES
from ...dialects import wyoming
from ...protocol import availability, registry
from ...protocol.registry import WorkerState
from ..loaded import UNNAMED, models_of


async def described() -> bytes:
    """The info event. Raises redis.RedisError."""
    workers = await sync_to_async(registry.workers)()
    # Home Assistant looks but once, and takes the languages from the models.
    return wyoming.info(models_of(workers) or [UNNAMED], _languages(workers))


async def known_languages() -> frozenset[str]:
    """The codes of the languages that can be spoken. Raises redis.RedisError."""
    return _languages(await sync_to_async(registry.workers)())


def _languages(workers: Sequence[WorkerState]) -> frozenset[str]:
    only = availability.only_language(workers, settings.WHISPER_MODEL)
    return frozenset([only]) if only else frozenset(LANGUAGES)
