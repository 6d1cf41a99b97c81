"""The recordings of each stream in a run: its lane, spoken one after the other, each as a session."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ..core.cancellation import cancel_and_wait
from .corpus import Recording
from .page import Snapshot

# Streams begin at different times, as people do. The golden ratio spreads any number of them evenly.
_SPREAD_SECONDS = 4.0
_GOLDEN = 0.618034


@dataclass(frozen=True, slots=True)
class Spoken:
    """A recording that was spoken, and the states of the page meanwhile; the last one has its final rows.

    `complete` is false if rows were still missing when the time limit was over. `later` are the rows after a second
    pass.
    """

    recording: Recording
    snapshots: tuple[Snapshot, ...]
    complete: bool = True
    later: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[str, ...]:
        last = self.snapshots[-1].rows if self.snapshots else ()
        return tuple(row.text for row in last if row.saved)


Speak = Callable[[Recording], Awaitable[Spoken]]


def lanes(
    recordings: Sequence[Recording], streams: int, seconds: float | None
) -> list[tuple[Recording, ...]]:
    """The recordings of each stream. A single stream speaks each recording once.

    Several streams begin at different recordings and go on, cyclically and with whole recordings, for at least
    `seconds`, or for the length of all recordings if that is None.
    """
    if streams == 1:
        return [tuple(recordings)]
    wanted = sum(each.seconds for each in recordings) if seconds is None else seconds
    found: list[tuple[Recording, ...]] = []
    for number in range(streams):
        at = number * len(recordings) // streams if streams <= len(recordings) else number
        lane: list[Recording] = []
        while not lane or sum(each.seconds for each in lane) < wanted:
            lane.append(recordings[(at + len(lane)) % len(recordings)])
        found.append(tuple(lane))
    return found


async def speak_lanes(chosen: Sequence[Sequence[Recording]], speak: Speak) -> list[Spoken]:
    """Speaks all lanes at once. If `speak` raises, all streams are stopped before the exception is passed on."""

    async def along(lane: Sequence[Recording], after: float) -> list[Spoken]:
        await asyncio.sleep(after)
        return [await speak(recording) for recording in lane]

    speaking = [
        asyncio.create_task(along(lane, number * _GOLDEN % 1 * _SPREAD_SECONDS))
        for number, lane in enumerate(chosen)
    ]
    try:
        return [spoken for lane in await asyncio.gather(*speaking) for spoken in lane]
    finally:
        # If one stream fails, the others must not go on into the next run.
        await cancel_and_wait(speaking)
