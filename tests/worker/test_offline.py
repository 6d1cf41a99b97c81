import numpy as np
import pytest

from captions.engines.base import Audio, Task
from captions.speech.endpointing import EndpointSettings
from captions.speech.types import SILENCE, Hypothesis, Word
from captions.speech.vad import VadModel
from captions.worker.offline import transcribe
from tests.audio import load_pcm, load_reference

NOTE = load_reference("note-en-us")


class Scripted:
    """An engine that hears what it is told to."""

    name = "scripted"
    device = "cpu"

    def __init__(self, language: str = "en", probability: float = 0.9) -> None:
        self.asked: list[str] = []
        self._language = language
        self._probability = probability

    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        self.asked.append(task.language)
        assert audio.dtype == np.float32
        assert np.abs(audio).max() <= 1
        word = Word(400, 900, f" word{len(self.asked)}", 0.9)
        return Hypothesis((word,), task.language or self._language, self._probability, 0.0, -0.1, 1.0)


@pytest.fixture(scope="module")
def vad() -> VadModel:
    return VadModel()


def test_every_utterance_becomes_a_passage_in_its_place(vad: VadModel) -> None:
    passages = list(transcribe([load_pcm("note-en-us")], Scripted(), vad, EndpointSettings()))
    assert [passage.text for passage in passages] == [f"word{number}" for number in range(1, 7)]
    for passage, sentence in zip(passages, NOTE.sentences, strict=True):
        assert sentence.start_ms - 100 < passage.start_ms < passage.end_ms < sentence.end_ms
        assert passage.words[0].start_ms == passage.start_ms


def test_sound_that_ends_in_a_word_is_heard_to_the_end(vad: VadModel) -> None:
    sentence = NOTE.sentences[0]
    sound = load_pcm("note-en-us")[: (sentence.end_ms - 100) * 16]
    assert len(list(transcribe([sound], Scripted(), vad, EndpointSettings()))) == 1


def test_holes_move_the_clock(vad: VadModel) -> None:
    sentence = NOTE.sentences[0]
    sound = load_pcm("note-en-us")[: (sentence.end_ms + 600) * 16]
    hour = 3600 * 16_000
    first, second = transcribe([sound, hour, sound], Scripted(), vad, EndpointSettings())
    assert second.start_ms - first.start_ms == pytest.approx(3_600_000 + sound.size // 16, abs=100)


@pytest.mark.parametrize(("probability", "then"), [(0.9, "de"), (0.5, "")])
def test_a_language_heard_with_confidence_is_kept(vad: VadModel, probability: float, then: str) -> None:
    engine = Scripted("de", probability)
    list(transcribe([load_pcm("note-en-us")], engine, vad, EndpointSettings()))
    assert engine.asked == ["", *[then] * 5]


def test_what_nobody_said_is_left_out(vad: VadModel) -> None:
    class Deaf(Scripted):
        def decode(self, audio: Audio, task: Task) -> Hypothesis:
            return SILENCE

    assert list(transcribe([load_pcm("note-en-us")], Deaf(), vad, EndpointSettings())) == []
    assert list(transcribe([np.zeros(160_000, np.int16)], Scripted(), vad, EndpointSettings())) == []
    assert list(transcribe([], Scripted(), vad, EndpointSettings())) == []
