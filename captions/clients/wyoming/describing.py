"""What the server says of itself: its models, and the languages that they know."""

from asgiref.sync import sync_to_async
from django.conf import settings

from ...dialects import wyoming
from ...protocol import availability, registry
from ..loaded import UNNAMED, models_of


async def described() -> bytes:
    """The info event. Raises redis.RedisError."""
    workers = await sync_to_async(registry.workers)()
    languages = availability.known_languages(workers, settings.WHISPER_MODEL)
    # Home Assistant looks but once, and takes the languages from the models.
    return wyoming.info(models_of(workers) or [UNNAMED], languages)


async def known_languages() -> frozenset[str]:
    """The codes of the languages that can be spoken. Raises redis.RedisError."""
    workers = await sync_to_async(registry.workers)()
    return availability.known_languages(workers, settings.WHISPER_MODEL)
