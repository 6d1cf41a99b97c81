"""Measures the cost of a run: processor time, memory, and the lag of the event loop."""

import asyncio
import time
from contextlib import suppress
from types import TracebackType

import psutil

from ..core.cancellation import cancel_and_wait

_LAG_SECONDS = 0.02
_MEMORY_SECONDS = 1.0


class Resources:
    """Measures this process (the audio worker) and its children (recognisers), except the process ids in `others`.

    `rss_mb` is the peak of resident memory, `lags_ms` are samples of the event loop's lag, `cpu_seconds` is set at
    exit.
    """

    def __init__(self, others: frozenset[int] = frozenset()) -> None:
        self._others = others
        self._worker = psutil.Process()
        self.lags_ms: list[float] = []
        self.rss_mb = 0.0
        self.cpu_seconds = 0.0

    async def __aenter__(self) -> "Resources":
        self._began = self._cpu()
        self._tasks = [asyncio.create_task(self._watch_lag()), asyncio.create_task(self._watch_memory())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await cancel_and_wait(self._tasks)
        self._look_at_memory()
        self.cpu_seconds = sum(
            seconds - self._began.get(process, 0.0) for process, seconds in self._cpu().items()
        )

    def _processes(self) -> list[psutil.Process]:
        children = [each for each in self._worker.children(recursive=True) if each.pid not in self._others]
        return [self._worker, *children]

    def _cpu(self) -> dict[psutil.Process, float]:
        found: dict[psutil.Process, float] = {}
        for process in self._processes():
            with suppress(psutil.Error):
                times = process.cpu_times()
                found[process] = times.user + times.system
        return found

    def _look_at_memory(self) -> None:
        total = 0
        for process in self._processes():
            with suppress(psutil.Error):
                total += process.memory_info().rss
        self.rss_mb = max(self.rss_mb, total / 1_000_000)

    async def _watch_memory(self) -> None:
        while True:
            # Finding child processes examines all processes; in the event loop that would itself cause lag.
            await asyncio.to_thread(self._look_at_memory)
            await asyncio.sleep(_MEMORY_SECONDS)

    async def _watch_lag(self) -> None:
        while True:
            due = time.monotonic() + _LAG_SECONDS
            await asyncio.sleep(_LAG_SECONDS)
            self.lags_ms.append(max(0.0, time.monotonic() - due) * 1000)
