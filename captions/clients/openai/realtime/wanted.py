"""From what a client wants to what an audio worker is told, and back to what can be wanted here."""

from typing import Any

from django.conf import settings

from ....core.vocabulary import entries_among
from ....dialects.openai_realtime import Wishes
from ....dialects.openai_realtime.configuration import Configuration
from ....dialects.openai_realtime.errors import ClientError
from ....live.feed.admission import of_account
from ....models import User
from ....protocol import availability
from ....protocol.feed_frames import Listen
from ....protocol.registry import SharedRegistry
from ....tokens.admission import Refusal
from ...loaded import model_of


async def configuration(wanted: dict[str, Any] | None = None) -> Configuration:
    """What holds before a client has said anything; `wanted` is that of an earlier one. Raises redis.RedisError."""
    workers = await SharedRegistry().workers()
    try:
        return Configuration(
            model_of(workers), availability.known_languages(workers, settings.WHISPER_MODEL), wanted
        )
    except ClientError as error:
        raise refusal_of_client(error) from error


def refusal_of_client(error: ClientError) -> Refusal:
    return Refusal(400, error.code, str(error), param=error.param or "")


def listen(wishes: Wishes, user: User, hops: int = 0) -> Listen:
    """How a session is to be listened to, with the settings of the account where the client has none.

    Words that a vocabulary cannot have are left out. `hops` is how many servers like this one have passed the sound on.
    """
    heard = Listen(wishes.language, wishes.endpointing, entries_among(wishes.words), hops=hops)
    return of_account(user, heard)
