import random
from contextlib import suppress

import numpy as np
import pytest
from av import AudioFrame

from captions.webrtc.audio import AudioChunk, AudioTimeline, Gap, Pcm, TooFastError
from tests.webrtc.support import tone


def length(output: list[AudioChunk]) -> int:
    return sum(item.samples if isinstance(item, Gap) else item.samples.size for item in output)


def frame(index: int = 0) -> AudioFrame:
    return tone(index)


def test_ten_minutes_with_random_holes_stay_on_the_sample() -> None:
    chance = random.Random(3)
    timeline = AudioTimeline()
    start = 2**32 - 48_000 * 5
    received = 0
    position = 0
    while position < 48_000 * 600:
        received += length(
            timeline.push(frame(position // 960), (start + position) & 0xFFFFFFFF, position / 48_000)
        )
        position += 960
        # The resampler keeps one millisecond back; a time stamp may fall between two samples.
        assert abs(received - position / 3) < 16 + 1
        if chance.random() < 0.01:
            position += 960 * chance.choice([1, 2, 3, 10, 49, 50, 51, 100, 400])
        elif chance.random() < 0.001:
            position += chance.randrange(1, 200_000)
    received += length(timeline.flush())
    assert abs(received - position / 3) <= 1


def test_sound_is_the_same_at_16_khz() -> None:
    timeline = AudioTimeline()
    output = [
        item for n in range(50) for item in timeline.push(frame(n), n * 960, n * 0.02)
    ] + timeline.flush()
    sound = np.concatenate([item.samples for item in output if isinstance(item, Pcm)])
    expected = np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000) * 8000
    assert sound.size == 16_000
    assert np.abs(sound[200:-200] - expected[200:-200]).max() < 100


def test_a_short_hole_is_silence_in_its_place() -> None:
    timeline = AudioTimeline()
    output = timeline.push(frame(), 0, 0.0) + timeline.push(frame(), 960 + 24_000, 0.52) + timeline.flush()
    assert all(isinstance(item, Pcm) for item in output)
    sound = np.concatenate([item.samples for item in output if isinstance(item, Pcm)])
    assert sound.size == 320 + 8_000 + 320
    assert np.abs(sound[340 : 320 + 7_980]).max() < 50
    assert np.abs(sound[:300]).max() > 4000


def test_a_long_hole_is_reported_and_holds_no_sound_back() -> None:
    timeline = AudioTimeline()
    before = timeline.push(frame(), 0, 0.0)
    output = timeline.push(frame(), 960 + 48_000 * 3, 3.02)
    (gap,) = [item for item in output if isinstance(item, Gap)]
    assert gap.samples == pytest.approx(48_000, abs=400)
    upto = output.index(gap)
    assert length(before + output[:upto]) >= 320
    assert length(before + output + timeline.flush()) == 320 + 48_000 + 320


def test_a_hole_that_is_no_multiple_of_a_sample() -> None:
    for extra in range(1, 7):
        timeline = AudioTimeline()
        output = timeline.push(frame(), 0, 0.0) + timeline.push(frame(), 960 + 96_000 + extra, 2.1)
        assert abs(length(output + timeline.flush()) - (640 + 32_000 + extra / 3)) <= 1


def test_a_time_stamp_cannot_stretch_the_clock() -> None:
    timeline = AudioTimeline()
    timeline.push(frame(), 0, 0.0)
    assert length(timeline.push(frame(), 48_000 * 3600, 0.02)) <= 16_000 * 1.1
    # The new count goes on from there.
    assert length(timeline.push(frame(), 48_000 * 3600 + 960, 0.04)) == 320
    total = sum(
        length(timeline.push(frame(), (n * 2**30) & 0xFFFFFFFF, 0.04 + n * 0.02)) for n in range(1, 500)
    )
    assert total <= (10 + 1) * 16_000


def test_backward_time_stamps_continue_without_a_hole() -> None:
    timeline = AudioTimeline()
    timeline.push(frame(), 100_000, 0.0)
    assert length(timeline.push(frame(), 50_000, 0.02)) == 320
    assert length(timeline.push(frame(), 50_960, 0.04)) == 320


def test_sound_cannot_come_faster_than_time() -> None:
    timeline = AudioTimeline()
    taken = sum(length(timeline.push(frame(), n * 960, 0.0)) for n in range(250))
    assert taken == 16_000 * 5 - 16
    with pytest.raises(TooFastError):
        timeline.push(frame(), 250 * 960, 0.0)
    # Once time has passed, sound goes on.
    assert timeline.push(frame(), 1000 * 960, 20.0)


def test_packets_that_the_network_held_back_are_taken() -> None:
    timeline = AudioTimeline()
    received = length(timeline.push(frame(), 0, 0.0))
    received += sum(length(timeline.push(frame(), n * 960, 4.0)) for n in range(1, 201))
    assert received == pytest.approx(201 * 320, abs=16)


def test_a_restart_leaves_no_hole() -> None:
    timeline = AudioTimeline()
    timeline.push(frame(), 0, 0.0)
    timeline.restart(paused_seconds=59.0)
    assert length(timeline.push(frame(), 48_000 * 60, 60.0)) == 320


def test_restarts_and_pauses_are_no_way_to_more_sound_than_time() -> None:
    timeline = AudioTimeline()
    taken = 0
    for n in range(1000):
        with suppress(TooFastError):
            taken += length(timeline.push(frame(), n * 2**20 & 0xFFFFFFFF, n * 0.001))
        timeline.restart(paused_seconds=0.001)
    assert taken <= 5 * 16_000


def test_a_change_of_format_keeps_time() -> None:
    timeline = AudioTimeline()
    output = timeline.push(tone(0), 0, 0.0)
    output += timeline.push(tone(1, layout="stereo"), 960, 0.02)
    resampled = AudioFrame.from_ndarray(np.zeros((1, 320), np.int16), format="s16", layout="mono")
    resampled.sample_rate = 16_000
    output += timeline.push(resampled, 1920, 0.04)
    output += timeline.push(tone(3), 2880, 0.06)
    assert length(output + timeline.flush()) == 4 * 320


def test_sound_goes_on_after_a_flush() -> None:
    timeline = AudioTimeline()
    assert timeline.flush() == []
    output = timeline.push(frame(), 0, 0.0) + timeline.flush()
    assert length(output) == 320
    output = timeline.push(frame(), 960, 0.02) + timeline.flush() + timeline.flush()
    assert length(output) == 320
