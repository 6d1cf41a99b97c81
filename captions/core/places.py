"""Places that are held for a while, counted in Valkey for all processes."""

from .valkey import valkey, valkey_now


class Places:
    """The places of each owner, held by name. One that is not kept is free after `seconds`: its process was killed.

    `prefix` is that of the keys. Methods raise redis.RedisError.
    """

    def __init__(self, prefix: str, seconds: int) -> None:
        self._prefix = prefix
        self._seconds = seconds

    def take(self, owner: str, name: str) -> int:
        """Takes a place, and returns how many others are held."""
        now = valkey_now()
        with valkey().pipeline() as together:
            together.zremrangebyscore(self._key(owner), "-inf", now - self._seconds)
            together.zadd(self._key(owner), {name: now})
            together.zcard(self._key(owner))
            together.expire(self._key(owner), self._seconds)
            return int(together.execute()[2]) - 1

    def keep(self, owner: str, name: str) -> None:
        """Holds a place from now on again, whether it was still held or not."""
        with valkey().pipeline() as together:
            together.zadd(self._key(owner), {name: valkey_now()})
            together.expire(self._key(owner), self._seconds)
            together.execute()

    def leave(self, owner: str, name: str) -> None:
        valkey().zrem(self._key(owner), name)

    def count(self, owner: str) -> int:
        """How many places are held."""
        valkey().zremrangebyscore(self._key(owner), "-inf", valkey_now() - self._seconds)
        return int(valkey().zcard(self._key(owner)))

    def _key(self, owner: str) -> str:
        return self._prefix + owner
