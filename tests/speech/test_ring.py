import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.speech.ring import Ring, RingError

SECOND = 16_000
CAPACITY = 0.01  # 160 samples: small, so that every case wraps


def numbered(start: int, count: int) -> np.ndarray:
    """Samples that tell their own position, and are never silent."""
    return (np.arange(start, start + count) % 30_000 + 1).astype(np.int16)


def test_it_gives_back_what_it_took():
    ring = Ring(1.0, margin_seconds=0.0)
    ring.append(numbered(0, 300))
    ring.append(numbered(300, 20))
    assert (ring.start, ring.end) == (0, 320)
    assert np.array_equal(ring.read(290, 310), numbered(290, 20))


def test_the_clock_can_begin_anywhere():
    ring = Ring(1.0, start=5 * SECOND + 7)
    ring.append(numbered(0, 10))
    assert (ring.start, ring.end) == (5 * SECOND + 7, 5 * SECOND + 17)
    assert np.array_equal(ring.read(5 * SECOND + 7, 5 * SECOND + 17), numbered(0, 10))


def test_the_margin_is_room_beyond_the_seconds():
    assert Ring(30.0, margin_seconds=5.0).capacity == 35 * SECOND


def test_what_has_fallen_out_is_refused_with_the_reason():
    ring = Ring(CAPACITY, margin_seconds=0.0)
    ring.append(numbered(0, 200))
    assert (ring.start, ring.end) == (40, 200)
    with pytest.raises(RingError, match="holds samples 40 to 200, not 39 to 60"):
        ring.read(39, 60)


@pytest.mark.parametrize(("start", "end"), [(0, 11), (11, 12), (-1, 3), (5, 4)])
def test_what_was_not_heard_is_refused(start: int, end: int):
    ring = Ring(1.0)
    ring.append(numbered(0, 10))
    with pytest.raises(RingError):
        ring.read(start, end)


def test_a_reading_is_a_copy():
    ring = Ring(CAPACITY, margin_seconds=0.0)
    ring.append(numbered(0, 100))
    before = ring.read(0, 100)
    ring.append(numbered(100, 160))
    assert np.array_equal(before, numbered(0, 100))


def test_sound_before_a_hole_stays_until_new_sound_pushes_it_out():
    ring = Ring(CAPACITY, margin_seconds=0.0)
    ring.append(numbered(0, 100))
    ring.skip(3600 * SECOND)
    assert ring.end == 3600 * SECOND + 100
    assert np.array_equal(ring.read(50, 100), numbered(50, 50))
    assert not ring.read(100, 200).any()
    ring.append(numbered(0, 10))
    assert ring.end == 3600 * SECOND + 110
    assert ring.start == ring.end - ring.capacity
    assert np.array_equal(ring.read(ring.end - 12, ring.end)[2:], numbered(0, 10))


def test_a_reading_longer_than_the_ring_is_refused():
    ring = Ring(CAPACITY, margin_seconds=0.0)
    ring.skip(10 * SECOND)
    with pytest.raises(RingError):
        ring.read(0, 10 * SECOND)


def test_the_clock_cannot_go_back():
    with pytest.raises(ValueError, match="back"):
        Ring().skip(-1)


@pytest.mark.parametrize("samples", [np.zeros(4, np.float32), np.zeros((2, 2), np.int16)])
def test_other_samples_are_refused(samples: np.ndarray):
    with pytest.raises(ValueError, match="int16"):
        Ring().append(samples)


@given(
    st.integers(0, 1000),
    st.lists(st.tuples(st.sampled_from(["append", "skip"]), st.integers(0, 400)), max_size=30),
    st.data(),
)
def test_it_agrees_with_an_endless_recording(origin: int, steps: list[tuple[str, int]], data: st.DataObject):
    ring = Ring(CAPACITY, margin_seconds=0.0, start=origin)
    recording = np.zeros(0, np.int16)
    for what, count in steps:
        if what == "append":
            ring.append(numbered(recording.size, count))
            recording = np.concatenate([recording, numbered(recording.size, count)])
        else:
            ring.skip(count)
            recording = np.concatenate([recording, np.zeros(count, np.int16)])
        assert ring.end == origin + recording.size
        assert origin <= ring.start <= ring.end
        # Whatever the holes, the last samples up to the capacity are there.
        assert ring.start <= max(origin, ring.end - ring.capacity)
        start = data.draw(st.integers(ring.start, ring.end))
        end = data.draw(st.integers(start, min(ring.end, start + ring.capacity)))
        assert np.array_equal(ring.read(start, end), recording[start - origin : end - origin])


def test_samples_can_be_replaced_while_they_are_held():
    ring = Ring(CAPACITY, margin_seconds=0.0)
    ring.append(numbered(0, 200))
    ring.rewrite(150, np.full(20, -7, np.int16))
    ring.skip(5)
    assert ring.read(140, 180).tolist() == [*range(141, 151), *[-7] * 20, *range(171, 181)]
    # The end of the buffer is in the middle of it.
    ring.append(numbered(205, 130))
    ring.rewrite(310, np.full(20, -8, np.int16))
    assert ring.read(305, 335).tolist() == [*range(306, 311), *[-8] * 20, *range(331, 336)]
    for start in (150, 320):
        with pytest.raises(RingError, match="to replace"):
            ring.rewrite(start, np.zeros(30, np.int16))
