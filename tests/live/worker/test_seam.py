"""Where the sound of one source continues that of another."""

import numpy as np
import pytest

from captions.live.worker.seam import Joint, Seam, Tail, find
from captions.webrtc.audio import Gap, Pcm
from tests.e2e.offline import through_opus
from tests.speech_data import SAMPLE_RATE, load_pcm
from tests.speech_data import Pcm as Samples

HEARD = 100_000


@pytest.fixture(scope="module")
def speech() -> Samples:
    return load_pcm("note-en-us")


@pytest.fixture(scope="module")
def encoded(speech: Samples) -> Samples:
    """The same as another encoder has it, which began later."""
    return through_opus(speech[30_011:])


def tail(samples: Samples, ended_at: float = 100.0) -> Tail:
    found = Tail()
    for start in range(0, samples.size, 320):
        found.push(Pcm(samples[start : start + 320]), ended_at)
    return found


@pytest.mark.parametrize("wrong", [-25_000, 0, 25_000])
def test_the_place_is_found_to_the_sample_whatever_the_times_say(
    speech: Samples, encoded: Samples, wrong: int
) -> None:
    heard = through_opus(speech)[:HEARD]
    cut = HEARD - 30_011
    found = find(heard, encoded[: 3 * SAMPLE_RATE], cut + wrong)
    assert found == pytest.approx(cut, abs=2)


@pytest.mark.parametrize("lost", [300, 4_000, 20_000])
def test_the_place_is_found_behind_a_piece_that_one_of_them_has_lost(
    speech: Samples, encoded: Samples, lost: int
) -> None:
    """As a busy browser loses some, and not the same of both."""
    end, at = 7 * SAMPLE_RATE, 4 * SAMPLE_RATE
    whole = through_opus(speech)
    heard = np.concatenate([whole[:at], whole[at + lost : end]])
    assert find(heard, encoded[:end], end - 30_011 - lost) == pytest.approx(end - 30_011, abs=2)
    assert find(heard, encoded[: end - 31_000], end - 30_011) == pytest.approx(end - 30_011, abs=2)


def test_nothing_is_found_in_silence_or_in_other_speech(speech: Samples) -> None:
    other = load_pcm("note-f2")
    assert find(speech[:HEARD], np.zeros(32_000, np.int16), 60_000) is None
    assert find(speech[:HEARD], other[:HEARD], 60_000) is None


def test_little_sound_in_common_is_not_found_elsewhere() -> None:
    """A moment of speech is like others of the same voice: what is taken for one of them is lost, or there twice."""
    speech = load_pcm("note-en-gb")
    heard, coming = through_opus(speech), through_opus(speech[30_011:])
    for end in range(5 * SAMPLE_RATE, speech.size - 2 * SAMPLE_RATE, 1_600):
        start = end - 30_011 - SAMPLE_RATE // 5
        found = find(heard[:end], coming[start : start + SAMPLE_RATE // 2], SAMPLE_RATE // 5)
        assert found is None or found == pytest.approx(SAMPLE_RATE // 5, abs=12), end


def test_what_comes_from_before_the_end_of_a_source_that_is_gone_is_cut_off(
    speech: Samples, encoded: Samples
) -> None:
    seam = Seam(tail(speech[:HEARD]), now=107.0)
    begins_at = 100.0 - (HEARD - 30_011) / SAMPLE_RATE
    pieces = [encoded[start : start + 8_000] for start in range(0, encoded.size, 8_000)]
    for number, piece in enumerate(pieces, 1):
        seam.push(Pcm(piece), begins_at + 0.3 + number * 8_000 / SAMPLE_RATE)
        if joint := seam.joint(107.0):
            break
    else:
        raise AssertionError("The place was not found.")
    assert joint.is_found
    assert joint.cut == pytest.approx(HEARD - 30_011, abs=120)
    assert sum(chunk.samples.size for chunk in seam.take() if isinstance(chunk, Pcm)) == number * 8_000


def test_where_nothing_is_said_it_is_where_the_times_say() -> None:
    silence = np.zeros(SAMPLE_RATE, np.int16)
    seam = Seam(tail(silence), now=101.0)
    seam.push(Pcm(silence), 100.5)
    assert seam.joint(101.0) == Joint(cut=8_000, hole=0, is_found=False)


def test_what_is_missing_between_two_is_a_hole() -> None:
    silence = np.zeros(SAMPLE_RATE, np.int16)
    seam = Seam(tail(silence), now=103.0)
    seam.push(Pcm(silence), 103.0)
    assert seam.joint(103.0) == Joint(cut=0, hole=2 * SAMPLE_RATE, is_found=False)


def test_while_the_other_goes_on_it_waits_for_sound_that_both_have() -> None:
    silence = np.zeros(SAMPLE_RATE // 2, np.int16)
    heard = tail(silence)
    seam = Seam(heard, now=100.0)
    for number in range(1, 4):
        heard.push(Pcm(silence), 100 + number / 2)
        seam.push(Pcm(silence), 100 + number / 2)
        assert seam.joint(100 + number / 2) is None
    heard.push(Gap(8_000), 102.0)
    seam.push(Pcm(silence), 102.0)
    assert seam.joint(102.0) == Joint(cut=32_000, hole=0, is_found=False)


def test_it_must_be_known_at_a_pause() -> None:
    seam = Seam(tail(np.zeros(1_600, np.int16)), now=100.0)
    assert seam.joint(100.0) is None
    assert seam.joint(100.0, must=True) == Joint(cut=0, hole=0, is_found=False)


def test_a_pause_takes_no_time() -> None:
    heard = tail(np.zeros(1_600, np.int16))
    heard.resume(160.0)
    seam = Seam(heard, now=160.0)
    seam.push(Pcm(np.zeros(1_600, np.int16)), 160.1)
    assert seam.joint(160.2, must=True) == Joint(cut=0, hole=0, is_found=False)
