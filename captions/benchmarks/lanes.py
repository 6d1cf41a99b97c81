"""Who speaks what in a run: each stream has a lane of recordings, one session after the other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ..core.cancellation import cancel_and_wait
from .corpus import Recording
from .page import Snapshot

# Speakers do not begin in step. The golden ratio spreads any number of them evenly.
_SPREAD_SECONDS = 4.0
_GOLDEN = 0.618034


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a recording came to: the page meanwhile, and its rows in the end.

    It is not `complete` where more was to come and nobody waited any longer. `later` are the rows after a second pass.
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
    """One stream speaks every recording. Several begin at different ones and speak for `seconds` each, or a round.

    They speak whole recordings, from the first again after the last.
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
    """Speaks all lanes at once. Raises what `speak` raises, when no stream speaks any more."""

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
        # Should one fail, the others must not speak into the next run.
        await cancel_and_wait(speaking)
