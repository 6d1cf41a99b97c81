"""What an installation uses meanwhile: its processes by role, PostgreSQL and Valkey."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil
import psycopg
from redis import Redis


@dataclass(frozen=True, slots=True)
class Moment:
    """Counters at one time, in seconds of processor time and in numbers since the start."""

    at: float
    cpu_seconds: Mapping[str, float]
    rss_mb: Mapping[str, float]
    commands: int
    transactions: int
    valkey_connections: int
    valkey_mb: float
    database_connections: int


class Installation:
    """Looks at the processes in `roles`, a process id for each name, and at the stores."""

    def __init__(self, roles: Mapping[str, int], database_url: str, redis_url: str) -> None:
        self._roles = roles
        self._database_url = database_url
        self._redis_url = redis_url

    def look(self) -> Moment:
        cpu: dict[str, float] = {}
        rss: dict[str, float] = {}
        for name, pid in self._roles.items():
            kind = name.rstrip("0123456789")
            with suppress(psutil.Error):
                process = psutil.Process(pid)
                for each in (process, *process.children(recursive=True)):
                    with suppress(psutil.Error):
                        times = each.cpu_times()
                        cpu[kind] = cpu.get(kind, 0.0) + times.user + times.system
                        rss[kind] = rss.get(kind, 0.0) + each.memory_info().rss / 1e6
        with Redis.from_url(self._redis_url) as valkey:
            info: Any = valkey.info()
        with psycopg.connect(self._database_url) as connection:
            found = connection.execute(
                "SELECT sum(xact_commit)::bigint, (SELECT count(*) FROM pg_stat_activity WHERE datname IS NOT NULL) "
                "FROM pg_stat_database"
            ).fetchone()
        assert found
        return Moment(
            time.monotonic(),
            cpu,
            rss,
            int(info["total_commands_processed"]),
            int(found[0]),
            int(info["connected_clients"]),
            round(int(info["used_memory"]) / 1e6, 1),
            int(found[1]),
        )

    def workers(self) -> int:
        """How many audio workers have announced themselves."""
        with Redis.from_url(self._redis_url) as valkey:
            return sum(1 for _ in valkey.scan_iter(match="whisperstream:workers:*"))

    def saved_at(self, sessions: set[str]) -> dict[tuple[str, int], float]:
        """When each final of the sessions was written, in seconds since 1970."""
        with psycopg.connect(self._database_url) as connection:
            rows = connection.execute(
                "SELECT session_id::text, seq, extract(epoch FROM created_at) FROM captions_utterance "
                "WHERE session_id = ANY(%s::uuid[])",
                [sorted(sessions)],
            ).fetchall()
        return {(session, seq): float(at) for session, seq, at in rows}


def used(before: Moment, after: Moment) -> dict[str, Any]:
    """What was used between two moments, for each second, and what there was at the end."""
    seconds = after.at - before.at
    return {
        "cores": {
            kind: round((spent - before.cpu_seconds.get(kind, 0.0)) / seconds, 2)
            for kind, spent in sorted(after.cpu_seconds.items())
        },
        "rss_mb": {kind: round(mb) for kind, mb in sorted(after.rss_mb.items())},
        "valkey_commands_per_s": round((after.commands - before.commands) / seconds),
        "valkey_connections": after.valkey_connections,
        "valkey_mb": after.valkey_mb,
        "transactions_per_s": round((after.transactions - before.transactions) / seconds, 1),
        "database_connections": after.database_connections,
    }
