"""What is heard of two devices near one person, and near two people."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pytest

from captions.speech.mixing.frames import FRAME, Frames
from captions.speech.mixing.lag import lag
from captions.speech.mixing.mixer import through
from captions.speech.mixing.policies import Mix, Separate, Switch, mixed
from captions.speech.mixing.scores import SpeechScores
from captions.speech.ring import Samples
from captions.speech.types import SAMPLE_RATE
from captions.speech.vad import VadModel
from tests.speech_data import load_pcm

SHIFT = SAMPLE_RATE * 80 // 1000


@pytest.fixture(scope="module")
def vad() -> VadModel:
    return VadModel()


def framed(*sounds: Samples) -> Frames:
    size = -(-max(each.size for each in sounds) // FRAME) * FRAME
    return np.stack([np.pad(each, (0, size - each.size)) for each in sounds])


def noisy(sound: Samples, gain: np.ndarray | float, seed: int) -> Samples:
    noise = np.random.default_rng(seed).normal(0, 20, sound.size)
    return np.clip(sound * gain + noise, -32_768, 32_767).astype(np.int16)


def delayed(sound: Samples, by: int) -> Samples:
    return np.concatenate([np.zeros(by, np.int16), sound])[: sound.size]


def switched(vad: VadModel, *sounds: Samples) -> tuple[Samples, list[int]]:
    """What is heard, and which source is at the end of each frame."""
    policy = Switch(len(sounds), SpeechScores(len(sounds), vad).push)
    frames = framed(*sounds)
    found, heard = [], []
    for start in range(0, frames.shape[1], FRAME):
        found += policy.push(frames[:, start : start + FRAME])
        heard.append(policy.heard)
    found += policy.flush()
    assert len(found) == len(heard)
    return np.concatenate([each.sound for each in found]), heard


def lags(sound: Samples, reference: Samples) -> Iterator[int]:
    """By how much a sound comes later than the reference, wherever that can be told."""
    step = SAMPLE_RATE // 2
    for start in range(0, min(sound.size, reference.size) - 2 * step, step):
        piece = slice(start, start + 2 * step)
        later = lag(reference[piece], sound[piece], SAMPLE_RATE // 5)
        if later is not None:
            yield later


@pytest.mark.parametrize("by", [SHIFT, -SHIFT])
def test_the_same_speech_over_two_devices_is_heard_once_whoever_is_nearer(vad: VadModel, by: int) -> None:
    speech = load_pcm("note-en-us")
    # The speaker walks from one device to the other and back, again and again.
    near = 0.5 + 0.45 * np.sin(2 * np.pi * np.arange(speech.size) / (6 * SAMPLE_RATE))
    first = noisy(delayed(speech, max(0, -by)), near, 1)
    second = noisy(delayed(speech, max(0, by)), 1 - near, 2)
    heard, sources = switched(vad, first, second)
    assert sum(one != other for one, other in pairwise(sources)) >= 2
    later = list(lags(heard, delayed(speech, max(0, -by))))
    assert len(later) > speech.size / SAMPLE_RATE
    # No word is repeated and none is left out: all of it is where it is in the first source.
    assert max(map(abs, later)) < SAMPLE_RATE * 5 // 1000


def test_each_of_two_people_is_heard_from_the_beginning(vad: VadModel) -> None:
    one, other = load_pcm("note-en-us")[: 4 * SAMPLE_RATE], load_pcm("note-f2")[: 4 * SAMPLE_RATE]
    quiet = np.zeros(one.size, np.int16)
    first = noisy(np.concatenate([one, quiet, one]), 1.0, 1)
    second = noisy(np.concatenate([quiet, other, quiet]), 1.0, 2)
    heard, sources = switched(vad, first, second)
    assert set(sources) == {0, 1}
    spoken = np.concatenate([one, other, one]).astype(np.float64)
    loud = np.abs(spoken) > 2_000
    assert np.corrcoef(heard[: spoken.size][loud], spoken[loud])[0, 1] > 0.99


def test_no_change_clicks() -> None:
    scores = iter([(20, 20)] * 40 + [(20, 30)] * 60)
    policy = Switch(2, lambda frames: np.array(next(scores), np.float32))
    noise = np.random.default_rng(1).integers(-10, 11, (100, 2, FRAME))
    sounds = (noise + np.array([[3_000], [-3_000]])).astype(np.int16)
    found = np.concatenate([each.sound for frames in sounds for each in policy.push(frames)])
    assert found[0] > 2_900
    assert found[-1] < -2_900
    # Within 10 ms, in small steps.
    assert np.abs(np.diff(found)).max() <= 6_000 / 159 + 20
    assert np.count_nonzero(np.abs(found) < 2_900) < 160


def scripted(scores: Sequence[tuple[float, float]]) -> list[int]:
    lines = iter(scores)
    policy = Switch(2, lambda frames: np.array(next(lines), np.float32))
    heard = []
    for _ in scores:
        policy.push(np.zeros((2, FRAME), np.int16))
        heard.append(policy.heard)
    return heard


def test_a_source_wins_after_300_ms_and_holds_for_a_second() -> None:
    heard = scripted([(20, 30)] * 15 + [(30, 20)] * 60)
    assert heard.index(1) == 14
    # From then on for 50 frames, although the other one would have won.
    assert heard.index(0, 14) - 14 == 50


def test_a_source_that_falls_silent_holds_nobody_up() -> None:
    heard = scripted([(20, 30)] * 15 + [(30, 0)] * 60)
    assert heard.index(0, 14) - 14 == 15


def test_a_source_that_is_better_for_a_moment_changes_nothing() -> None:
    assert set(scripted(([(20, 30)] * 14 + [(20, 20)]) * 10)) == {0}
    assert set(scripted([(20, 22)] * 100)) == {0}


def test_silence_stays_where_it_was(vad: VadModel) -> None:
    quiet = np.zeros(3 * SAMPLE_RATE, np.int16)
    _, sources = switched(vad, noisy(quiet, 1.0, 1), noisy(quiet, 1.0, 2))
    assert set(sources) == {0}


def test_a_mix_is_the_sum_as_loud_as_unrelated_sounds_are() -> None:
    rng = np.random.default_rng(1)
    sounds = rng.normal(0, 1_000, (6, 100 * FRAME)).astype(np.int16)
    found = np.concatenate([each.sound for each in through(Mix(), sounds)])
    assert np.abs(found - sounds.sum(axis=0) / math.sqrt(6)).max() <= 1
    assert np.std(found) == pytest.approx(1_000, rel=0.02)


def test_a_mix_never_gets_above_1_dbfs_and_stays_in_order() -> None:
    ramp = np.linspace(-32_768, 32_767, 4 * FRAME).astype(np.int16)
    loud = mixed(np.stack([ramp] * 4))
    assert np.abs(loud.astype(np.int32)).max() <= 32_768 * 10 ** (-1 / 20)
    # It is bent: louder stays louder, and nothing is cut off.
    assert (np.diff(loud.astype(np.int32)) >= 0).all()
    quiet = np.abs(ramp.astype(np.int32)) < 5_000
    assert np.abs(loud[quiet] - 2.0 * ramp[quiet]).max() <= 1


def test_two_apart_stay_as_they_are() -> None:
    one, other = load_pcm("note-en-us")[: 10 * FRAME], load_pcm("note-f2")[: 10 * FRAME]
    found = through(Separate(), np.stack([one, other]))
    assert np.array_equal(np.concatenate([each.sound for each in found]), one)
    assert np.array_equal(np.concatenate([each.apart for each in found if each.apart is not None]), other)


@pytest.mark.parametrize("name", ["note-en-us", "note-f2"])
def test_what_each_device_heard_is_kept_beside_what_is_heard(vad: VadModel, name: str) -> None:
    sounds = framed(load_pcm(name)[: 5 * SAMPLE_RATE], load_pcm("note-en-gb")[: 5 * SAMPLE_RATE])
    for policy in (Switch(2, SpeechScores(2, vad).push), Mix(), Separate()):
        kept = np.concatenate([each.frames for each in through(policy, sounds)], axis=1)
        assert np.array_equal(kept, sounds)


def test_the_lag_of_another_speech_is_not_known() -> None:
    one, other = load_pcm("note-en-us"), load_pcm("note-f2")
    piece = slice(SAMPLE_RATE, 3 * SAMPLE_RATE)
    assert lag(one[piece], other[piece], SAMPLE_RATE // 5) is None
    assert lag(one[piece], one[SAMPLE_RATE - SHIFT : 3 * SAMPLE_RATE - SHIFT], SAMPLE_RATE // 5) == SHIFT
    assert lag(np.zeros(SAMPLE_RATE, np.int16), one[:SAMPLE_RATE], 1_000) is None
