"""What real people say in files, with a real model."""

from collections.abc import Callable

import pytest

from captions.asr.engine.local_whisper import LocalWhisper
from captions.asr.offline.batched import transcribe
from captions.benchmarks.livetest.wer import wer
from captions.speech.coverage import uncovered
from captions.speech.endpointing import EndpointSettings
from captions.speech.passage import Passage
from captions.speech.sentences import ends_sentence
from captions.speech.types import TimeRange
from captions.speech.vad import VadModel
from captions.speech.voice import voiced_ranges
from tests.real_model import real_model
from tests.real_speech import needs_real_speech, said_in, spoken_pcm
from tests.speech_data import Pcm

pytestmark = needs_real_speech

Listen = Callable[[Pcm], list[Passage]]


@pytest.fixture(scope="module")
def listen() -> Listen:
    engine = LocalWhisper(real_model("tiny.en"), name="tiny.en", device="cpu")
    vad = VadModel()

    def listen(sound: Pcm) -> list[Passage]:
        return list(transcribe([sound], engine, vad, EndpointSettings(silence_ms=2_000), batch=4))

    return listen


# faster-whisper has 6, 0, 0 and 8 % errors in them with this model.
@pytest.mark.parametrize(
    ("name", "most", "rows"),
    [
        ("en_dict_austen_paused", 0.08, 4),
        ("en_libri_2412", 0.03, 1),
        ("en_libri_2412_paused", 0.03, 1),
        ("en_dict_austen", 0.05, 4),
    ],
)
def test_people_are_understood_in_whole_sentences(listen: Listen, name: str, most: float, rows: int) -> None:
    sound, reference = spoken_pcm(name), said_in(name)
    passages = listen(sound)
    assert wer([reference.text], " ".join(each.text for each in passages)).rate <= most
    assert len(passages) <= rows + 2
    assert sum(ends_sentence(each.text) for each in passages) >= len(passages) - 1


@pytest.mark.parametrize("name", ["en_mfa_cold_24bit", "en_sonnet1_paused", "en_mfa_fast_slow"])
def test_no_voice_in_a_row_is_without_words(listen: Listen, name: str) -> None:
    sound = spoken_pcm(name)
    voice = voiced_ranges(VadModel().stream().push(sound).tolist())
    for row in listen(sound):
        inside = [
            TimeRange(max(each.start_ms, row.start_ms), min(each.end_ms, row.end_ms))
            for each in voice
            if each.overlap_ms(row.start_ms, row.end_ms)
        ]
        assert uncovered(inside, row.words) == []
