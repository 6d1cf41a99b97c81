"""What the server says of itself: its models, and the languages that they know."""

from django.conf import settings

from ...dialects import wyoming
from ...protocol import availability
from ...protocol.registry import SharedRegistry
from ..loaded import UNNAMED, models_of


async def described() -> bytes:
    """The info event. Raises redis.RedisError."""
    workers = await SharedRegistry().workers()
    languages = availability.known_languages(workers, settings.WHISPER_MODEL)
    # Home Assistant looks but once, and takes the languages from the models.
    return wyoming.info(models_of(workers) or [UNNAMED], languages)


async def known_languages() -> frozenset[str]:
    """The codes of the languages that can be spoken. Raises redis.RedisError."""
    workers = await SharedRegistry().workers()
    return availability.known_languages(workers, settings.WHISPER_MODEL)
