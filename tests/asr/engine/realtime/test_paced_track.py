"""Sound that is sent as media, on a clock that a test turns."""

import asyncio

import numpy as np

from captions.asr.engine.realtime.paced_track import PacedTrack


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await asyncio.sleep(0)


def made(clock: Clock, idle_seconds: float = 20.0) -> tuple[PacedTrack, list[bool]]:
    idle: list[bool] = []
    track = PacedTrack(lambda: idle.append(True), idle_seconds=idle_seconds, now=clock.now, sleep=clock.sleep)
    return track, idle


async def frames(track: PacedTrack, count: int) -> list[int]:
    """The first sample of each of the next frames."""
    return [int((await track.recv()).to_ndarray()[0, 0]) for _ in range(count)]


async def test_frames_come_as_time_passes() -> None:
    clock = Clock()
    track, _ = made(clock)
    await track.push(np.repeat(np.array([1, 2], np.int16), 320))
    assert await frames(track, 4) == [1, 2, 0, 0]
    assert round(clock.seconds, 3) == 0.06
    assert track.frames == 4
    frame = await track.recv()
    assert (frame.pts, frame.samples, frame.sample_rate, frame.layout.name) == (1_280, 320, 16_000, "mono")


async def test_the_last_frame_is_filled_with_silence() -> None:
    track, _ = made(Clock())
    await track.push(np.full(330, 7, np.int16))
    await track.recv()
    second = (await track.recv()).to_ndarray()[0]
    assert list(second[:10]) == [7] * 10
    assert not second[10:].any()


async def test_what_is_late_catches_up() -> None:
    clock = Clock()
    track, _ = made(clock)
    await frames(track, 1)
    await track.push(np.ones(16_000, np.int16))
    await frames(track, 50)
    assert 0.8 < clock.seconds < 0.85
    assert await frames(track, 1) == [0]


async def test_who_pushes_too_much_waits() -> None:
    track, _ = made(Clock())
    pushing = asyncio.create_task(track.push(np.ones(16_000 + 640, np.int16)))
    await frames(track, 1)
    assert not pushing.done()
    await frames(track, 2)
    await pushing
    drained = asyncio.create_task(track.drained())
    await frames(track, 48)
    assert not drained.done()
    await frames(track, 2)
    await drained


async def test_after_a_long_silence_it_says_so_once() -> None:
    track, idle = made(Clock(), idle_seconds=0.1)
    await frames(track, 4)
    await track.push(np.ones(320, np.int16))
    await frames(track, 5)
    assert idle == []
    await frames(track, 10)
    assert idle == [True]


async def test_a_clock_that_was_stopped_is_not_caught_up_with() -> None:
    clock = Clock()
    track, _ = made(clock)
    await frames(track, 1)
    clock.seconds += 60
    await frames(track, 51)
    assert round(clock.seconds, 2) == 61.0
