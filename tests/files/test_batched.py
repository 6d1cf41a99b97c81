from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from captions.engines.base import Audio, Engine, Request, Task
from captions.files.batched import transcribe
from captions.speech.endpointing import EndpointSettings
from captions.speech.ring import Samples
from captions.speech.types import SILENCE, Hypothesis, Word
from captions.speech.vad import VadModel
from captions.transcripts.export import Passage
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


def test_it_does_not_matter_in_which_pieces_sound_comes(vad: VadModel) -> None:
    sound = load_pcm("note-en-us")
    small = np.array_split(sound, sound.size // 700)
    whole = list(transcribe([sound], Scripted(), vad, EndpointSettings()))
    assert list(transcribe(small, Scripted(), vad, EndpointSettings())) == whole


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


class Together(Scripted):
    """One that also hears several at once."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[list[int]] = []

    def decode_together(self, requests: Sequence[Request]) -> list[Hypothesis]:
        self.sizes.append([request.audio.size for request in requests])
        # What is said of each shows which one it was.
        return [
            Hypothesis((Word(400, 900, f" {r.audio.size}", 0.9),), "en", 1.0, 0.0, -0.1, 1.0)
            for r in requests
        ]


def test_utterances_of_about_one_length_are_decoded_together_and_stay_in_order(vad: VadModel) -> None:
    engine = Together()
    heard: list[int] = []
    sound = np.tile(load_pcm("note-en-us"), 2)
    passages = list(
        transcribe([sound], engine, vad, EndpointSettings(), language="en", batch=4, heard=heard.append)
    )
    assert [len(sizes) for sizes in engine.sizes] == [4, 4, 4]
    flat = [size for sizes in engine.sizes for size in sizes]
    assert flat == sorted(flat)
    assert len(passages) == 12
    assert [passage.start_ms for passage in passages] == sorted(passage.start_ms for passage in passages)
    one_by_one = list(transcribe([sound], Sizes(), vad, EndpointSettings(), language="en"))
    assert passages == one_by_one
    assert heard == sorted(heard)
    assert heard[-1] > 0.8 * sound.size / 16


class Sizes(Scripted):
    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        return Together().decode_together([Request(audio, task)])[0]


def test_while_the_language_is_open_utterances_are_decoded_one_by_one(vad: VadModel) -> None:
    engine = Scripted("de", 0.5)
    together = Together()
    engine.decode_together = together.decode_together  # type: ignore[attr-defined]
    list(transcribe([load_pcm("note-en-us")], engine, vad, EndpointSettings(), batch=4))
    assert engine.asked == [""] * 6
    assert together.sizes == []


class Window(Scripted):
    """One that hears many utterances at once; what is said in the five seconds numbered `deaf_to`, only alone."""

    def __init__(self, *, deaf_to: int = -1, compression: float = 1.0) -> None:
        super().__init__()
        self.seconds: list[list[float]] = []
        self.tasks: list[Task] = []
        self._deaf_to = deaf_to
        self._compression = compression

    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        return self.decode_together([Request(audio, task)])[0]

    def decode_together(self, requests: Sequence[Request]) -> list[Hypothesis]:
        self.seconds.append([round(request.audio.size / 16_000, 1) for request in requests])
        self.tasks += [request.task for request in requests]
        return [self._heard(request.audio) for request in requests]

    def _heard(self, audio: Audio) -> Hypothesis:
        """A word for each 200 ms that have voice in them, its number that of the 200 ms."""
        pieces = audio[: audio.size // 3200 * 3200].reshape(-1, 3200)
        loud = [number for number, piece in enumerate(pieces) if np.abs(piece).max() > 0.05]
        alone = audio.size < 15 * 16_000
        said = [n for n in loud if alone or n // 25 != self._deaf_to]
        words = tuple(Word(200 * n, 200 * n + 200, f" w{n}", 0.9) for n in said)
        return Hypothesis(words, "en", 1.0, 0.0, -0.1, 1.0 if alone else self._compression)


def packed(engine: Engine, sound: Samples, **options: Any) -> list[Passage]:
    return list(transcribe([sound], engine, VadModel(), EndpointSettings(), packed=True, **options))


def test_utterances_share_the_window_of_a_model_that_hears_many(vad: VadModel) -> None:
    engine = Window()
    heard: list[int] = []
    sound = np.tile(load_pcm("note-en-us"), 6)
    passages = packed(engine, sound, language="en", batch=2, heard=heard.append)
    assert all(seconds <= 30 for batch in engine.seconds for seconds in batch)
    # All windows but the last are full: no utterance of this talk is longer than eight seconds.
    assert sorted(s for batch in engine.seconds for s in batch)[1] > 22
    assert len(engine.seconds[0]) == 2
    assert not any(task.timestamps for task in engine.tasks)
    assert heard == sorted(heard)
    alone = list(transcribe([sound], Window(), vad, EndpointSettings(), language="en"))
    assert [each.start_ms for each in passages] == pytest.approx([a.start_ms for a in alone], abs=250)
    assert [each.end_ms for each in passages] == pytest.approx([a.end_ms for a in alone], abs=250)
    said = sum(len(each.words) for each in passages)
    assert said == pytest.approx(sum(len(each.words) for each in alone), rel=0.05)


def test_what_a_model_does_not_hear_among_others_it_is_asked_for_alone() -> None:
    sound = np.tile(load_pcm("note-en-us"), 2)
    hard_of_hearing = Window(deaf_to=1)
    passages = packed(hard_of_hearing, sound, language="en")
    # Less than two seconds may have been a pause.
    assert [each.start_ms for each in passages] == pytest.approx(
        [each.start_ms for each in packed(Window(), sound, language="en")], abs=2_000
    )
    assert any(task.timestamps for task in hard_of_hearing.tasks)


def test_utterances_among_which_a_model_loops_are_all_decoded_alone() -> None:
    engine = Window(compression=3.0)
    assert len(packed(engine, load_pcm("note-en-us"), language="en")) == 6
    assert [len(batch) for batch in engine.seconds] == [1] * 7


def test_no_window_is_shared_while_the_language_is_open() -> None:
    engine = Scripted("de", 0.5)
    packed(engine, load_pcm("note-en-us"))
    assert engine.asked == [""] * 6
