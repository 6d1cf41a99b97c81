from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from redis import ConnectionError as LostConnectionError
from redis import Redis

from captions.asr.engine.base import EngineError
from captions.asr.engine.openai.budget import Budget

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


class Day:
    now = NOON

    def __call__(self) -> datetime:
        return self.now


def test_all_processes_share_a_day() -> None:
    with Redis.from_url(settings.REDIS_URL) as valkey:
        one, other = Budget(100, valkey, Day()), Budget(100, valkey, Day())
        one.take(60)
        other.take(30)
        with pytest.raises(EngineError, match="REMOTE_SECONDS_PER_DAY") as refused:
            one.take(20)
        assert refused.value.retryable
        assert refused.value.elsewhere
        one.take(10)
        (key,) = valkey.scan_iter(match="whisperstream:remote-seconds:*")
        assert key == b"whisperstream:remote-seconds:2026-11-30"
        assert float(valkey.get(key)) == 100
        assert 0 < valkey.ttl(key) < 4 * 24 * 3600


def test_another_day_begins_anew() -> None:
    day = Day()
    with Redis.from_url(settings.REDIS_URL) as valkey:
        budget = Budget(100, valkey, day)
        budget.take(100)
        day.now += timedelta(hours=12)
        budget.take(100)


class Away:
    """Valkey while it is away, and then again."""

    def __init__(self, valkey: Redis) -> None:
        self.valkey: Redis | None = None
        self.other = valkey

    def incrbyfloat(self, key: str, seconds: float) -> float:
        if self.valkey is None:
            raise LostConnectionError
        return float(self.valkey.incrbyfloat(key, seconds))

    def expire(self, key: str, seconds: int) -> None: ...


def test_without_valkey_each_process_counts_itself() -> None:
    with Redis.from_url(settings.REDIS_URL) as valkey:
        away = Away(valkey)
        budget = Budget(100, away, Day())
        budget.take(60)
        with pytest.raises(EngineError):
            budget.take(50)
        away.valkey = valkey
        budget.take(30)
        other = Budget(100, valkey, Day())
        with pytest.raises(EngineError):
            other.take(11)
        other.take(10)
