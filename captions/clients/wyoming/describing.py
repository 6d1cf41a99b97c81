"""What the server says of itself: its models, and the languages that they know."""

from asgiref.sync import sync_to_async
from django.conf import settings

from ...core.languages import LANGUAGES
from ...dialects import wyoming
from ...protocol import availability, registry
from ..loaded import loaded_models

# While none is loaded: Home Assistant looks but once, and takes the languages from the models.
_UNNAMED = "whisper"


async def described() -> bytes:
    """The info event. Raises redis.RedisError."""
    models = await sync_to_async(loaded_models)() or [_UNNAMED]
    return wyoming.info(models, await known_languages())


async def known_languages() -> frozenset[str]:
    """The codes of the languages that can be spoken. Raises redis.RedisError."""
    workers = await sync_to_async(registry.workers)()
    only = availability.only_language(workers, settings.WHISPER_MODEL)
    return frozenset([only]) if only else frozenset(LANGUAGES)
