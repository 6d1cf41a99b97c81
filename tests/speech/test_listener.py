import os
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from captions.speech.endpointing import EndpointSettings
from captions.speech.events import Event, SpeechEnded, SpeechStarted
from captions.speech.listener import MAX_PUSH_SECONDS, Listener
from captions.speech.ring import RingError
from captions.speech.vad import VadModel
from tests.audio import Pcm, Reference, Span, at_level, load_pcm, load_reference

SECOND = 16_000
MS = 16
NOISE_SECONDS = float(os.environ.get("NOISE_SECONDS", "40"))
RECORDINGS = ["note-en-us", "note-en-gb", "note-f2", "fast-m3"]


@pytest.fixture(scope="module")
def model() -> VadModel:
    return VadModel()


def hear(listener: Listener, pcm: Pcm, *, chunk: int = 320) -> list[Event]:
    return [event for at in range(0, pcm.size, chunk) for event in listener.push(pcm[at : at + chunk])]


def utterances(events: list[Event]) -> list[SpeechEnded]:
    return [event for event in events if isinstance(event, SpeechEnded)]


def covering(spoken: Span, ends: list[SpeechEnded], offset: int = 0) -> list[SpeechEnded]:
    start, stop = offset + spoken.start_ms * MS, offset + spoken.end_ms * MS
    return [end for end in ends if end.start_sample <= start and end.end_sample >= stop]


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


def continuous(name: str, pause_ms: int) -> tuple[Pcm, list[Span]]:
    """The sentences of a recording with `pause_ms` of silence between them, and where their words are then."""
    pcm, reference = load_pcm(name), load_reference(name)
    parts: list[Pcm] = []
    spans: list[Span] = []
    at = 0
    for sentence in reference.sentences:
        length = sentence.end_ms - sentence.start_ms
        spans += [
            Span(word.text, at + word.start_ms - sentence.start_ms, at + word.end_ms - sentence.start_ms)
            for word in reference.words
            if sentence.start_ms <= word.start_ms and word.end_ms <= sentence.end_ms
        ]
        parts += [pcm[sentence.start_ms * MS : sentence.end_ms * MS], np.zeros(pause_ms * MS, np.int16)]
        at += length + pause_ms
    return np.concatenate(parts), spans


def assert_each_sentence_is_whole(reference: Reference, ends: list[SpeechEnded], offset: int = 0) -> None:
    for sentence in reference.sentences:
        assert len(covering(sentence, ends, offset)) == 1, sentence.text
    for word in reference.words:
        assert len(covering(word, ends, offset)) == 1, word.text
    for before, after in pairwise(ends):
        assert before.end_sample <= after.start_sample


@pytest.mark.parametrize("level", [None, -35, -50], ids=["as recorded", "-35 dBFS", "-50 dBFS"])
@pytest.mark.parametrize("name", RECORDINGS)
def test_every_sentence_is_one_utterance(model: VadModel, name: str, level: float | None):
    pcm, reference = load_pcm(name), load_reference(name)
    listener = Listener(model)
    events = hear(listener, pcm if level is None else at_level(pcm, level)) + listener.flush()
    ends = utterances(events)
    assert len(ends) == len(reference.sentences)
    assert_each_sentence_is_whole(reference, ends)
    for sentence, end in zip(reference.sentences, ends, strict=True):
        # What the voice detector calls voice is the sentence, give or take a few windows.
        assert abs(end.voice_start_sample - sentence.start_ms * MS) <= 150 * MS
        assert abs(end.voice_end_sample - sentence.end_ms * MS) <= 150 * MS
        # A model needs that much silence after the last word of a final.
        assert end.end_sample - sentence.end_ms * MS >= 300 * MS


@pytest.mark.parametrize(
    "noise", [{"white": -44}, {"hum": -34}, {"white": -34}], ids=["white 20 dB", "hum 10 dB", "white 10 dB"]
)
def test_noise_under_speech_costs_no_word(model: VadModel, noise: dict[str, float]):
    pcm, reference = load_pcm("note-en-us"), load_reference("note-en-us")
    noisy = (pcm.astype(np.int32) + sound(pcm.size / SECOND + 1, **noise)[: pcm.size]).clip(-32768, 32767)
    listener = Listener(model)
    ends = utterances(hear(listener, noisy.astype(np.int16)) + listener.flush())
    assert_each_sentence_is_whole(reference, ends)


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
def test_noise_alone_is_no_utterance(model: VadModel, kinds: dict[str, float]):
    listener = Listener(model)
    assert hear(listener, sound(NOISE_SECONDS, **kinds), chunk=SECOND) + listener.flush() == []


def test_how_the_sound_is_cut_makes_no_difference(model: VadModel):
    pcm = load_pcm("fast-m3")
    expected = hear(Listener(model), pcm)
    for chunk in (160, 1000, MAX_PUSH_SECONDS * SECOND):
        assert hear(Listener(model), pcm, chunk=chunk) == expected


def test_a_session_that_moved_goes_on_counting(model: VadModel):
    pcm, reference = load_pcm("note-f2"), load_reference("note-f2")
    start = 3_599_999 * MS + 5
    listener = Listener(model, start_sample=start)
    assert (listener.clock_samples, listener.clock_ms) == (start, 3_599_999)
    ends = utterances(hear(listener, pcm) + listener.flush())
    assert_each_sentence_is_whole(reference, ends, start)
    assert listener.clock_samples == start + pcm.size


def test_the_sound_of_an_utterance_can_be_read_when_it_ends(model: VadModel):
    pcm = load_pcm("note-en-gb")
    listener = Listener(model)
    for at in range(0, pcm.size, MAX_PUSH_SECONDS * SECOND):
        for end in utterances(listener.push(pcm[at : at + MAX_PUSH_SECONDS * SECOND])):
            heard = listener.audio(end.start_sample, end.end_sample)
            assert np.array_equal(heard, pcm[end.start_sample : end.end_sample])


def test_it_tells_what_is_open(model: VadModel):
    pcm, reference = load_pcm("note-en-us"), load_reference("note-en-us")
    first = reference.sentences[0]
    listener = Listener(model)
    (event,) = hear(listener, pcm[: (first.start_ms + 600) * MS])
    assert isinstance(event, SpeechStarted)
    assert listener.open_utterance_start == event.start_sample
    voice = listener.open_voice_start
    assert voice is not None
    assert abs(voice - first.start_ms * MS) <= 100 * MS


def test_stop_keeps_the_words_so_far(model: VadModel):
    pcm, reference = load_pcm("note-en-us"), load_reference("note-en-us")
    middle = reference.words[3].end_ms * MS
    listener = Listener(model)
    hear(listener, pcm[:middle])
    (end,) = utterances(listener.flush())
    assert (end.end_sample, end.reason) == (middle, "flush")
    assert len(covering(reference.words[3], [end])) == 1
    assert listener.open_utterance_start is None
    assert listener.flush() == []


def test_a_hole_closes_the_utterance_and_moves_the_clock(model: VadModel):
    pcm, reference = load_pcm("note-en-us"), load_reference("note-en-us")
    middle = reference.words[3].end_ms * MS
    hole = 90 * SECOND
    listener = Listener(model)
    hear(listener, pcm[:middle])
    (end,) = utterances(listener.skip(hole))
    assert (end.end_sample, end.reason) == (middle, "gap")
    assert listener.clock_samples == middle + hole
    # The sound before the hole can be read until more comes.
    assert np.array_equal(listener.audio(end.start_sample, end.end_sample), pcm[end.start_sample : middle])
    ends = utterances(hear(listener, pcm) + listener.flush())
    assert_each_sentence_is_whole(reference, ends, middle + hole)
    assert ends[0].start_sample >= middle + hole


def test_no_time_is_no_hole(model: VadModel):
    pcm = load_pcm("note-en-us")
    listener = Listener(model)
    hear(listener, pcm[:SECOND])
    assert listener.skip(0) == []
    assert listener.open_utterance_start is not None


def test_too_much_at_once_is_refused(model: VadModel):
    with pytest.raises(ValueError, match="5 seconds"):
        Listener(model).push(np.zeros(MAX_PUSH_SECONDS * SECOND + 1, np.int16))


def test_what_is_long_gone_cannot_be_read(model: VadModel):
    listener = Listener(model)
    hear(listener, np.zeros(60 * SECOND, np.int16), chunk=SECOND)
    with pytest.raises(RingError):
        listener.audio(0, SECOND)


def test_long_speech_is_split_in_its_pauses(model: VadModel):
    pcm, words = continuous("fast-m3", 250)
    listener = Listener(model, EndpointSettings(soft_ms=5000))
    ends = utterances(hear(listener, pcm) + listener.flush())
    assert {end.reason for end in ends[:-1]} == {"soft"}
    assert len(ends) >= 3
    for word in words:
        assert len(covering(word, ends)) == 1, word.text
    for before, after in pairwise(ends):
        assert before.end_sample == after.start_sample


@pytest.mark.parametrize("pause_ms", [0, 120])
def test_speech_without_pauses_is_cut_but_nothing_is_lost_or_doubled(model: VadModel, pause_ms: int):
    pcm, words = continuous("fast-m3", pause_ms)
    listener = Listener(model, EndpointSettings(soft_ms=8000, hard_ms=8000, soft_silence_ms=490))
    events = hear(listener, pcm) + listener.flush()
    ends = utterances(events)
    assert [end.reason for end in ends[:-1]] == ["hard"] * (len(ends) - 1)
    assert len(ends) >= 3
    for before, after in pairwise(ends):
        assert before.end_sample == after.start_sample
        assert before.end_sample - before.start_sample <= 8000 * MS
    assert ends[0].start_sample == 0
    assert ends[-1].end_sample >= words[-1].end_ms * MS
    if pause_ms:
        for end in ends[:-1]:
            inside = max(
                min(end.end_sample - span.start_ms * MS, span.end_ms * MS - end.end_sample) for span in words
            )
            assert inside <= 60 * MS, "the cut is between two words, or at the very edge of one"
