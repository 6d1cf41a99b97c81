"""The connection of synchronous code to Valkey."""

from functools import cache
from typing import Any

from django.conf import settings
from redis import Redis


@cache
def valkey() -> Any:
    """The client of this process, which all threads share. Its methods raise redis.RedisError.

    It has no type: that of redis-py says of every reply that it may have to be awaited.
    """
    return Redis.from_url(settings.REDIS_URL, socket_timeout=2)
