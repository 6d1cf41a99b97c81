"""The engine with weights that understand people, fetched as the product fetches them."""

from typing import Any

import numpy as np
import pytest

from captions.asr.engine import model_files
from captions.asr.engine.base import Audio, Request, Task, Wanted
from captions.asr.engine.local_whisper import LocalWhisper
from captions.benchmarks.livetest.wer import wer
from tests.real_model import HF_HOME, real_model
from tests.real_speech import needs_real_speech, said_in, spoken_pcm
from tests.speech_data import Pcm, load_pcm, load_reference


@pytest.fixture(scope="module")
def tiny_en() -> LocalWhisper:
    return LocalWhisper(real_model("tiny.en"), name="tiny.en", device="cpu")


def sound(pcm: Pcm) -> Audio:
    return pcm.astype(np.float32) / np.float32(32768)


def test_the_product_knows_where_it_came_from() -> None:
    wanted = Wanted("tiny.en", "cpu", folder=str(HF_HOME / "hub"))
    assert model_files.find(wanted) == model_files.Located(real_model("tiny.en"), "tiny.en", "package index")


@needs_real_speech
@pytest.mark.parametrize(
    ("name", "most"), [("en_libri_quilter", 0), ("en_jfk_m4a", 4), ("en_sonnet1_start_mp4", 5)]
)
def test_people_are_understood(tiny_en: LocalWhisper, name: str, most: int) -> None:
    heard = tiny_en.decode(sound(spoken_pcm(name)), Task("final"))
    assert wer([said_in(name).text], heard.text).errors <= most, heard.text
    assert heard.language == "en"


@needs_real_speech
@pytest.mark.parametrize("kind", ["partial", "final"])
def test_words_are_where_they_are_said(tiny_en: LocalWhisper, kind: Any) -> None:
    heard = tiny_en.decode(sound(spoken_pcm("en_jfk_m4a")), Task(kind))
    found = {word.text.strip(" ,."): word.start_ms for word in heard.words}
    spoken = {word.text.strip(" ,."): word.start_ms for word in said_in("en_jfk_m4a").words}
    assert max(abs(found[text] - spoken[text]) for text in ("fellow", "not", "do", "country")) < 400


def test_a_made_voice_is_understood_too(tiny_en: LocalWhisper) -> None:
    heard = tiny_en.decode(sound(load_pcm("note-en-gb")), Task("final"))
    assert wer([load_reference("note-en-gb").text], heard.text).rate < 0.1


class TestEnglishOnly:
    """Whatever language is asked for, it is English that is heard, and nobody asks the model which one it is."""

    @pytest.fixture(autouse=True)
    def _no_detection(self, tiny_en: LocalWhisper, monkeypatch: pytest.MonkeyPatch) -> None:
        real = tiny_en._model.model

        class Model:
            def __getattr__(self, name: str) -> Any:
                assert name != "detect_language"
                return getattr(real, name)

        monkeypatch.setattr(tiny_en._model, "model", Model())

    @pytest.mark.parametrize("asked", ["", "en", "en-GB", "de", "pt-BR", "yue"])
    @pytest.mark.parametrize("kind", ["partial", "final"])
    def test_it_hears_english(self, tiny_en: LocalWhisper, asked: str, kind: Any) -> None:
        reference = load_reference("note-en-us").sentences[3]
        pcm = load_pcm("note-en-us")[(reference.start_ms - 300) * 16 : (reference.end_ms + 500) * 16]
        heard = tiny_en.decode(sound(pcm), Task(kind, language=asked))
        assert wer([reference.text], heard.text).errors == 0
        assert (heard.language, heard.language_probability) == ("en", 1.0)

    def test_sounds_in_several_languages_are_decoded_together(self, tiny_en: LocalWhisper) -> None:
        pcm = sound(load_pcm("note-en-us")[: 3 * 16_000])
        heard = tiny_en.decode_together([Request(pcm, Task("final", each)) for each in ("", "fr", "en")])
        assert [each.language for each in heard] == ["en"] * 3
        assert len({each.text for each in heard}) == 1

    def test_any_language_may_be_set_for_it(self, tiny_en: LocalWhisper) -> None:
        assert tiny_en.known_language("de") == "en"

    def test_its_cost_is_measured(self, tiny_en: LocalWhisper) -> None:
        tiny_en.rehearse(2)
