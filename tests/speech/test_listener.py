"""The ear on real speech, with the real voice detector."""

import os
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from captions.speech.endpointing import Endpointer, EndpointSettings
from captions.speech.listener import MAX_PUSH_SECONDS, Listener, Scored
from captions.speech.ring import RingError
from captions.speech.types import TimeRange
from captions.speech.vad import VadModel
from tests.speech_data import Pcm, at_level, load_pcm, load_reference

SECOND = 16_000
MS = 16
NOISE_SECONDS = float(os.environ.get("NOISE_SECONDS", "40"))
RECORDINGS = ["note-en-us", "note-en-gb", "note-f2", "fast-m3"]


@pytest.fixture(scope="module")
def model() -> VadModel:
    return VadModel()


def hear(listener: Listener, pcm: Pcm, *, chunk: int = 320) -> list[Scored]:
    return [scored for at in range(0, pcm.size, chunk) for scored in listener.push(pcm[at : at + chunk])]


def voice_in(scores: list[Scored], settings: EndpointSettings | None = None) -> list[TimeRange]:
    """Where somebody speaks, by what was scored."""
    endpointer = Endpointer(settings)
    for each in scores:
        endpointer.push(each.start_ms, each.end_ms, each.probability)
    return list(endpointer.voice(0, scores[-1].end_ms)) if scores else []


def joined(voice: list[TimeRange], *, pause_ms: int) -> list[TimeRange]:
    """The ranges, those with less than that between them as one."""
    found: list[TimeRange] = []
    for each in voice:
        if found and each.start_ms - found[-1].end_ms < pause_ms:
            found[-1] = TimeRange(found[-1].start_ms, each.end_ms)
        else:
            found.append(each)
    return found


def sound(seconds: float, **kinds: float) -> Pcm:
    """Noise of the named kinds, each at a level in dBFS."""
    rng = np.random.default_rng(7)
    count = int(seconds * SECOND)
    time = np.arange(count) / SECOND
    total = np.zeros(count)
    part: npt.NDArray[np.floating[Any]]
    for kind, level in kinds.items():
        match kind:
            case "white":
                part = rng.normal(0, 1, count)
            case "hum":
                harmonics = [np.sin(2 * np.pi * 50 * factor * time) / factor for factor in (1, 2, 3, 5)]
                part = np.sum(harmonics, axis=0)
            case "pink":
                spectrum = np.fft.rfft(rng.normal(0, 1, count))
                part = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(spectrum.size), 1)), count)
            case "hum100":
                part = np.sin(2 * np.pi * 100 * time)
            case "chords":
                part = chords(count, rng)
            case "beeps":
                part = np.where(time % 1 < 0.2, np.sin(2 * np.pi * 1000 * time), 0.0)
            case "clicks":
                part = (np.arange(count) % SECOND < 2) * 100.0
            case _:
                raise ValueError(kind)
        total += part / np.sqrt(np.mean(np.square(part))) * 10 ** (level / 20)
    return np.clip(total * 32768, -32768, 32767).astype(np.int16)


def chords(count: int, rng: np.random.Generator) -> npt.NDArray[np.floating[Any]]:
    """Struck chords with overtones, major and minor, 0.4 to 2 s each."""
    total = np.zeros(count)
    at = 0
    while at < count:
        length = min(int(SECOND * rng.uniform(0.4, 2)), count - at)
        time = np.arange(length) / SECOND
        root, third = 110 * 2 ** (rng.integers(0, 24) / 12), rng.choice([3, 4])
        envelope = np.minimum(1, time / 0.01) * np.exp(-time * rng.uniform(0.5, 2))
        for step in (0, third, 7, 12):
            for overtone in range(1, 6):
                tone = np.sin(2 * np.pi * root * 2 ** (step / 12) * overtone * time)
                total[at : at + length] += envelope * tone / overtone**1.5
        at += length
    return total


@pytest.mark.parametrize("level", [None, -35, -50], ids=["as recorded", "-35 dBFS", "-50 dBFS"])
@pytest.mark.parametrize("name", RECORDINGS)
def test_the_voice_is_where_the_sentences_are(model: VadModel, name: str, level: float | None) -> None:
    pcm, reference = load_pcm(name), load_reference(name)
    scores = hear(Listener(model), pcm if level is None else at_level(pcm, level))
    found = joined(voice_in(scores), pause_ms=500)
    assert len(found) == len(reference.sentences)
    for sentence, voice in zip(reference.sentences, found, strict=True):
        assert abs(voice.start_ms - sentence.start_ms) <= 150
        assert abs(voice.end_ms - sentence.end_ms) <= 150


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_word_has_voice(model: VadModel, name: str) -> None:
    voice = voice_in(hear(Listener(model), load_pcm(name)))
    for word in load_reference(name).words:
        covered = any(each.overlap_ms(word.start_ms, word.end_ms) for each in voice)
        assert covered or not any(character.isalnum() for character in word.text), word.text


@pytest.mark.parametrize(
    "noise", [{"white": -44}, {"hum": -34}, {"white": -34}], ids=["white 20 dB", "hum 10 dB", "white 10 dB"]
)
def test_noise_under_speech_costs_no_word(model: VadModel, noise: dict[str, float]) -> None:
    pcm, reference = load_pcm("note-en-us"), load_reference("note-en-us")
    noisy = (pcm.astype(np.int32) + sound(pcm.size / SECOND + 1, **noise)[: pcm.size]).clip(-32768, 32767)
    voice = voice_in(hear(Listener(model), noisy.astype(np.int16)))
    around_ms = EndpointSettings().prefix_ms
    for sentence in reference.sentences:
        inside = [each for each in voice if each.overlap_ms(sentence.start_ms, sentence.end_ms)]
        assert inside[0].start_ms - around_ms <= sentence.start_ms
        assert sentence.end_ms <= inside[-1].end_ms + around_ms


@pytest.mark.parametrize(
    "kinds",
    [
        {},
        {"white": -60},
        {"white": -45},
        {"white": -30},
        {"white": -15},
        {"pink": -60},
        {"pink": -45},
        {"pink": -30},
        {"pink": -15},
        {"hum": -30},
        {"hum": -15},
        {"hum100": -40},
        {"hum100": -20},
        {"chords": -40},
        {"chords": -30},
        {"chords": -20},
        {"beeps": -20},
        {"clicks": -30},
    ],
    ids=lambda kinds: " ".join(f"{kind} {level}" for kind, level in kinds.items()) or "silence",
)
def test_noise_alone_is_no_voice(model: VadModel, kinds: dict[str, float]) -> None:
    assert voice_in(hear(Listener(model), sound(NOISE_SECONDS, **kinds), chunk=SECOND)) == []


def test_windows_follow_each_other_without_gaps(model: VadModel) -> None:
    scores = hear(Listener(model), load_pcm("fast-m3")[: 5 * SECOND])
    assert (scores[0].start_ms, scores[0].end_ms) == (0, 32)
    assert all(before.end_ms == after.start_ms for before, after in pairwise(scores))
    assert len(scores) == 5 * SECOND // 512


def test_how_the_sound_is_cut_makes_no_difference(model: VadModel) -> None:
    pcm = load_pcm("fast-m3")
    expected = hear(Listener(model), pcm)
    for chunk in (160, 1000, MAX_PUSH_SECONDS * SECOND):
        scores = hear(Listener(model), pcm, chunk=chunk)
        assert [(each.start_ms, each.end_ms) for each in scores] == [
            (each.start_ms, each.end_ms) for each in expected
        ]
        probabilities = [each.probability for each in scores]
        assert probabilities == pytest.approx([each.probability for each in expected], abs=1e-4)


def test_a_session_that_moved_goes_on_counting(model: VadModel) -> None:
    pcm = load_pcm("note-f2")
    start = 3_599_999 * MS + 5
    listener = Listener(model, start_sample=start)
    assert listener.clock_ms == 3_599_999
    scores = hear(listener, pcm)
    assert scores[0].start_ms == 3_599_999
    assert listener.clock_ms == (start + pcm.size) // MS
    # The session's first millisecond here is one that this worker heard a part of.
    assert np.array_equal(listener.audio(3_599_999, 3_600_099), pcm[: 100 * MS - 5])


def test_all_that_is_scored_can_be_read(model: VadModel) -> None:
    pcm = load_pcm("note-en-gb")
    listener = Listener(model)
    for at in range(0, pcm.size, MAX_PUSH_SECONDS * SECOND):
        for each in listener.push(pcm[at : at + MAX_PUSH_SECONDS * SECOND]):
            heard = listener.audio(each.start_ms, each.end_ms)
            assert np.array_equal(heard, pcm[each.start_ms * MS : each.end_ms * MS])


def test_a_hole_moves_the_clock_and_begins_a_window(model: VadModel) -> None:
    pcm = load_pcm("note-en-us")
    listener = Listener(model)
    hear(listener, pcm[: SECOND + 100])
    listener.skip(90 * SECOND - 100)
    assert listener.clock_ms == 91_000
    # The sound before the hole can be read until more comes.
    assert np.array_equal(listener.audio(0, 1_000), pcm[:SECOND])
    scores = hear(listener, pcm)
    assert scores[0].start_ms == 91_000
    first = hear(Listener(model), pcm)
    assert voice_in(scores) == [each.shifted(91_000) for each in voice_in(first)], "it listens afresh"


def test_a_hole_is_silent(model: VadModel) -> None:
    listener = Listener(model)
    listener.push(np.ones(SECOND, np.int16))
    listener.skip(SECOND)
    listener.push(np.ones(SECOND, np.int16))
    assert listener.audio(500, 2_500).tolist() == [1] * 8_000 + [0] * SECOND + [1] * 8_000


def test_no_time_is_no_hole(model: VadModel) -> None:
    pcm = load_pcm("note-en-us")[: 2 * SECOND]
    listener = Listener(model)
    scores = hear(listener, pcm[:SECOND])
    listener.skip(0)
    assert scores + hear(listener, pcm[SECOND:]) == hear(Listener(model), pcm)


def test_too_much_at_once_is_refused(model: VadModel) -> None:
    with pytest.raises(ValueError, match="5 seconds"):
        Listener(model).push(np.zeros(MAX_PUSH_SECONDS * SECOND + 1, np.int16))


def test_what_is_long_gone_cannot_be_read(model: VadModel) -> None:
    listener = Listener(model)
    hear(listener, np.zeros(130 * SECOND, np.int16), chunk=5 * SECOND)
    with pytest.raises(RingError):
        listener.audio(0, 1_000)
    assert listener.audio(15_000, 16_000).size == SECOND


def test_what_was_not_heard_yet_cannot_be_read(model: VadModel) -> None:
    listener = Listener(model)
    hear(listener, np.zeros(SECOND, np.int16))
    with pytest.raises(RingError):
        listener.audio(500, 1_001)


def test_speech_without_a_pause_is_one_range(model: VadModel) -> None:
    pcm, reference = load_pcm("fast-m3"), load_reference("fast-m3")
    parts = [pcm[each.start_ms * MS : each.end_ms * MS] for each in reference.sentences]
    scores = hear(Listener(model), np.concatenate(parts))
    (voice,) = joined(voice_in(scores), pause_ms=400)
    assert voice.start_ms <= 100
    assert voice.end_ms >= scores[-1].end_ms - 250
