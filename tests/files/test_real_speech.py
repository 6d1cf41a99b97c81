"""What real people say in files, with a real model."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from captions.engines.local_whisper import LocalWhisper
from captions.files.batched import transcribe
from captions.livetest.wer import wer
from captions.speech.coverage import uncovered
from captions.speech.endpointing import EndpointSettings
from captions.speech.sentences import ends_sentence
from captions.speech.types import TimeRange
from captions.speech.vad import VadModel
from captions.speech.voice import voiced_ranges
from captions.transcripts.export import Passage
from tests.audio import Pcm, load_pcm, load_reference
from tests.conftest import REPOSITORY

FOLDER = Path(os.environ.get("REAL_SPEECH") or REPOSITORY.parent / "shared" / "real")

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"There is no real speech in {FOLDER}; REAL_SPEECH names another folder."
)

Listen = Callable[[Pcm], list[Passage]]


@pytest.fixture(scope="module")
def listen() -> Listen:
    models = pytest.importorskip("tests.real_model", reason="The tests have no real model.")
    engine = LocalWhisper(models.real_model("tiny.en"), name="tiny.en", device="cpu")
    vad = VadModel()

    def listen(sound: Pcm) -> list[Passage]:
        return list(transcribe([sound], engine, vad, EndpointSettings(silence_ms=2_000), batch=4))

    return listen


def spoken(name: str) -> Path:
    path = FOLDER / f"{name}.flac"
    if not path.exists():
        pytest.skip(f"There is no recording {path}.")
    return path


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
    sound, reference = load_pcm(spoken(name)), load_reference(spoken(name))
    passages = listen(sound)
    assert wer([reference.text], " ".join(each.text for each in passages)).rate <= most
    assert len(passages) <= rows + 2
    assert sum(ends_sentence(each.text) for each in passages) >= len(passages) - 1


@pytest.mark.parametrize("name", ["en_mfa_cold_24bit", "en_sonnet1_paused", "en_mfa_fast_slow"])
def test_no_voice_in_a_row_is_without_words(listen: Listen, name: str) -> None:
    sound = load_pcm(spoken(name))
    voice = voiced_ranges(VadModel().stream().push(sound).tolist())
    for row in listen(sound):
        inside = [
            TimeRange(max(each.start_ms, row.start_ms), min(each.end_ms, row.end_ms))
            for each in voice
            if each.overlap_ms(row.start_ms, row.end_ms)
        ]
        assert uncovered(inside, row.words) == []
