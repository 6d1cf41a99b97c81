"""Every sample of a source is heard once and in order, wherever the network or a clock has put it."""

import numpy as np

from captions.speech.mixing.aligner import WAIT_SECONDS, Aligner
from captions.speech.mixing.frames import FRAME, Frames
from captions.speech.ring import Samples

# A little more than 20 ms, so that three of them are surely as long as a frame waits.
TICK = 0.020001


def ramp(first: int, count: int, step: int = 1) -> Samples:
    """Samples that are numbered, so that each is known again; none is 0."""
    return (np.arange(first, first + count * step, step) % 30_000 + 1).astype(np.int16)


class Scene:
    def __init__(self, sources: int = 2) -> None:
        self.aligner = Aligner(sources)
        self.frames: list[Frames] = []
        self._sent = [0] * sources

    def send(self, source: int, now: float, count: int = FRAME) -> int:
        found = self.aligner.push(source, ramp(self._sent[source], count), now)
        self._sent[source] += count
        self.frames += found
        return len(found)

    def of(self, source: int) -> Samples:
        return np.concatenate([frame[source] for frame in self.frames])

    def sounds(self, source: int) -> Samples:
        heard = self.of(source)
        return heard[heard > 0]


def test_what_arrives_together_is_heard_together() -> None:
    scene = Scene()
    for tick in range(50):
        assert scene.send(0, tick * TICK) == 0
        assert scene.send(1, tick * TICK + 0.015) == 1
    assert np.array_equal(scene.of(0), ramp(0, 50 * FRAME))
    assert np.array_equal(scene.of(1), ramp(0, 50 * FRAME))


def test_the_slowest_is_waited_for_60_ms_then_it_is_silent_until_it_comes() -> None:
    scene = Scene()
    for tick in range(10):
        scene.send(0, tick * TICK)
        scene.send(1, tick * TICK)
    stopped = 10 * TICK
    before = len(scene.frames)
    counts = [scene.send(0, stopped + tick * TICK) for tick in range(8)]
    assert counts == [0, 0, 0, 4, 1, 1, 1, 1]
    assert 2 * TICK < WAIT_SECONDS < 3 * TICK
    assert not np.concatenate([frame[1] for frame in scene.frames[before:]]).any()
    # It was only late: all of it is heard, once and in order.
    scene.send(1, stopped + 8 * TICK, count=9 * FRAME)
    for tick in range(9, 40):
        scene.send(0, stopped + tick * TICK)
        scene.send(1, stopped + tick * TICK)
    assert np.array_equal(scene.sounds(1)[: 30 * FRAME], ramp(0, 30 * FRAME))
    assert np.array_equal(scene.sounds(0)[: 40 * FRAME], ramp(0, 40 * FRAME))


def test_either_carries_the_time_on_alone() -> None:
    for alone in (0, 1):
        scene = Scene()
        for tick in range(10):
            scene.send(0, tick * TICK)
            scene.send(1, tick * TICK)
        for tick in range(10, 500):
            scene.send(alone, tick * TICK)
        assert len(scene.frames) >= 500 - 1
        assert np.array_equal(scene.sounds(alone), ramp(0, 500 * FRAME))


def test_a_hole_that_the_other_source_has_filled_takes_no_time() -> None:
    scene = Scene()
    for tick in range(100):
        scene.send(0, tick * TICK)
        if tick < 10:
            scene.send(1, tick * TICK)
    before = len(scene.frames)
    assert scene.aligner.skip(1, 90 * FRAME) == ([], 0)
    scene.send(1, 2.0)
    assert scene.send(0, 2.0) == 1
    assert len(scene.frames) == before + 1
    assert scene.frames[-1][1].any()


def test_a_hole_in_all_sources_passes_once() -> None:
    scene = Scene()
    for tick in range(10):
        scene.send(0, tick * TICK)
        scene.send(1, tick * TICK)
    _, hole = scene.aligner.skip(0, 80_000)
    assert hole == 80_000
    scene.send(0, 5.2)
    # Of the second one's hole the first one has told all but a moment.
    assert scene.aligner.skip(1, 80_000 + FRAME) == ([], 0)
    assert scene.send(1, 5.21)


def test_a_source_that_fell_behind_catches_up_where_it_is_quiet() -> None:
    scene = Scene()
    rng = np.random.default_rng(1)
    loud, quiet = (rng.normal(0, level, FRAME).astype(np.int16) for level in (8_000, 20))
    frames = []

    def tick(number: int, *, late: bool = False) -> None:
        now = number * TICK
        # Five frames of speech, then five of silence.
        sound = loud if number % 10 < 5 else quiet
        frames.extend(scene.aligner.push(0, sound, now))
        if not late:
            frames.extend(scene.aligner.push(1, sound, now))

    for number in range(100):
        tick(number)
    for number in range(100, 125):
        tick(number, late=True)
    frames.extend(scene.aligner.push(1, np.concatenate([loud, quiet] * 12 + [loud]), 2.5))
    for number in range(125, 400):
        tick(number)
    own, other = (np.array([np.abs(frame[each]).max() > 1_000 for frame in frames]) for each in (0, 1))
    # To a frame, which is no more than the unevenness of their arrival.
    assert np.array_equal(own[-40:-1], other[-39:]), "they are in step again"
    # No word was dropped for it.
    assert other.sum() == 50 + 13 + 135


def test_clocks_that_differ_stay_together() -> None:
    """The second device's clock is 1000 ppm faster: a frame in twenty seconds."""
    scene = Scene()
    rng = np.random.default_rng(1)
    sent = 0.0
    for number in range(15_000):
        now = number * TICK
        noise = rng.normal(0, 20, FRAME + 1).astype(np.int16)
        scene.aligner.push(0, noise[:FRAME], now)
        sent += FRAME * 1.001
        size = FRAME + int(sent >= 1)
        sent -= size
        scene.aligner.push(1, noise[:size], now + 0.001)
    assert scene.aligner._queued(1) < 6 * FRAME
    assert scene.aligner._queued(0) < 6 * FRAME
    assert scene.aligner.dropped == 0


def test_what_comes_far_too_late_is_dropped_and_counted() -> None:
    scene = Scene()
    for tick in range(10):
        scene.send(0, tick * TICK)
        scene.send(1, tick * TICK)
    for tick in range(10, 300):
        scene.send(0, tick * TICK)
    for _ in range(290):
        scene.aligner.push(1, ramp(1, FRAME), 6.0)
    assert scene.aligner.dropped == 190 * FRAME


def test_flush_returns_what_is_left_of_all() -> None:
    scene = Scene()
    scene.send(0, 0.0, count=FRAME + 100)
    scene.send(1, 0.0, count=50)
    scene.frames += scene.aligner.flush()
    assert np.array_equal(scene.sounds(0), ramp(0, FRAME + 100))
    assert np.array_equal(scene.sounds(1), ramp(0, 50))
    assert scene.aligner.flush() == []
