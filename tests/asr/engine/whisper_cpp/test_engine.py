"""What every engine of this machine does, done by whisper.cpp."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from captions.asr.engine.base import Audio, EngineError, Request, Task
from captions.asr.engine.whisper_cpp.engine import WhisperCpp
from captions.asr.engine.whisper_cpp.model import Found, Search
from captions.benchmarks.livetest.wer import wer
from captions.speech.types import SAMPLE_RATE
from tests.speech_data import Span, load_pcm, load_reference

SENTENCES = load_reference("note-en-us").sentences
# The others tiny.en misunderstands, whatever runs it.
CLEAR = [SENTENCES[number] for number in (0, 3, 4, 5)]


def sound(start_ms: int, end_ms: int, name: str = "note-en-us") -> Audio:
    samples = load_pcm(name)[max(start_ms, 0) * 16 : end_ms * 16]
    return samples.astype(np.float32) / np.float32(32768)


def utterance(sentence: Span, name: str = "note-en-us") -> Audio:
    return sound(sentence.start_ms - 300, sentence.end_ms + 500, name)


class TestText:
    @pytest.mark.parametrize("kind", ["partial", "final"])
    def test_speech_is_understood(self, tiny_en: WhisperCpp, kind: Any) -> None:
        errors = sum(
            wer([each.text], tiny_en.decode(utterance(each), Task(kind)).text).errors for each in CLEAR
        )
        assert errors <= 2

    def test_words_have_times_probabilities_and_spaces(self, tiny_en: WhisperCpp) -> None:
        sentence = SENTENCES[3]
        heard = tiny_en.decode(utterance(sentence), Task("final"))
        assert heard.words[0].text.startswith(" ")
        assert all(0 < word.probability <= 1 for word in heard.words)
        assert all(word.start_ms < word.end_ms for word in heard.words)
        assert all(before.end_ms <= after.start_ms for before, after in pairwise(heard.words))
        assert heard.words[-1].end_ms == pytest.approx(300 + sentence.end_ms - sentence.start_ms, abs=500)
        assert (heard.language, heard.language_probability, heard.writer) == ("en", 1.0, "tiny.en")
        assert heard.no_speech_probability < 0.2
        assert -0.6 < heard.mean_log_probability < 0
        assert 0 < heard.compression_ratio < 2.4

    def test_word_times_are_near_those_of_the_speech(self, tiny_en: WhisperCpp) -> None:
        errors = []
        for sentence in SENTENCES[1:4]:
            heard = tiny_en.decode(utterance(sentence), Task("final"))
            begin = sentence.start_ms - 300
            spoken = {
                word.text.strip("?.,").lower(): word.end_ms
                for word in load_reference("note-en-us").words
                if sentence.start_ms <= word.start_ms < sentence.end_ms
            }
            errors += [
                abs(word.end_ms + begin - spoken[text])
                for word in heard.words
                if (text := word.text.strip(" ?.,").lower()) in spoken
            ]
        assert len(errors) > 12
        assert np.median(errors) < 150

    @pytest.mark.parametrize("level", [0.0, 0.003])
    def test_nobody_speaks_in_silence(self, tiny_en: WhisperCpp, level: float) -> None:
        noise = np.random.default_rng(1).normal(0, level, 3 * SAMPLE_RATE).astype(np.float32)
        assert tiny_en.decode(noise, Task("final")).no_speech_probability > 0.6

    @pytest.mark.parametrize("samples", [0, 1, 100, 5000])
    def test_next_to_nothing_is_taken(self, tiny_en: WhisperCpp, samples: int) -> None:
        assert tiny_en.decode(np.zeros(samples, np.float32), Task("partial")).no_speech_probability > 0.6

    def test_a_full_window_is_taken_and_more_is_refused(self, tiny_en: WhisperCpp) -> None:
        full = np.tile(sound(0, 20_000), 2)[: 30 * SAMPLE_RATE]
        assert tiny_en.decode(full, Task("partial")).words[-1].end_ms <= 30_000
        with pytest.raises(EngineError, match=r"takes 30 s at once, not 30\.1 s"):
            tiny_en.decode(np.zeros(30 * SAMPLE_RATE + 1600, np.float32), Task("final"))

    def test_a_prompt_of_any_length_is_taken(self, tiny_en: WhisperCpp) -> None:
        heard = tiny_en.decode(utterance(SENTENCES[2]), Task("partial", prompt="What time is it? " * 500))
        assert len(heard.words) <= 40

    def test_no_tokens_come_twice_where_that_is_asked_for(self, tiny_en: WhisperCpp) -> None:
        task = Task("partial", no_repeat=3)
        looping = utterance(SENTENCES[2])
        assert tiny_en.decode(looping, Task("partial")).compression_ratio > 2
        heard = tiny_en.decode(looping, task)
        assert heard.compression_ratio < 2
        assert heard.text.startswith(SENTENCES[2].text)

    def test_sampling_is_possible(self, tiny_en: WhisperCpp) -> None:
        assert tiny_en.decode(utterance(SENTENCES[1]), Task("partial", temperature=0.4)).words

    def test_several_are_decoded_in_their_order(self, tiny_en: WhisperCpp) -> None:
        requests = [Request(utterance(each), Task("partial")) for each in SENTENCES[:3]]
        alone = [tiny_en.decode(each.audio, each.task).text for each in requests]
        assert [each.text for each in tiny_en.decode_together(requests)] == alone

    def test_two_callers_at_once_do_not_disturb_each_other(self, tiny_en_file: Path) -> None:
        engine = WhisperCpp(str(tiny_en_file), name="two", cpu_threads=1, parallel=2)
        sounds = [utterance(each) for each in SENTENCES[:4]]
        alone = [engine.decode(each, Task("partial")).text for each in sounds]
        with ThreadPoolExecutor(2) as callers:
            assert [*callers.map(lambda each: engine.decode(each, Task("partial")).text, sounds)] == alone


class TestPrefixes:
    def test_what_is_right_changes_nothing(self, tiny_en: WhisperCpp) -> None:
        heard = tiny_en.decode(utterance(SENTENCES[1]), Task("partial"))
        prefix = " ".join(heard.text.split()[:4])
        assert tiny_en.decode(utterance(SENTENCES[1]), Task("partial", prefix=prefix)).text == heard.text

    @pytest.mark.parametrize("kind", ["partial", "final"])
    def test_what_is_wrong_stays(self, tiny_en: WhisperCpp, kind: Any) -> None:
        task = Task(kind, prefix='You are "sappy" (quite)')
        heard = tiny_en.decode(utterance(SENTENCES[1]), task)
        assert heard.text.startswith('You are "sappy" (quite)')
        assert heard.mean_log_probability < 0

    def test_longer_than_the_model_can_write_are_cut(self, tiny_en: WhisperCpp) -> None:
        heard = tiny_en.decode(utterance(SENTENCES[1]), Task("partial", prefix="more and " * 300, new_ms=0))
        assert heard.text.startswith("more and more")

    def test_a_text_that_ends_with_its_prefix_goes_on_where_there_is_voice(
        self, tiny_en: WhisperCpp, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real, searches = tiny_en._model.search, []

        def watched(audio: Audio, search: Search) -> Found:
            searches.append(search)
            found = real(audio, search)
            return Found(found.tokens[:3], 0.1) if len(searches) == 1 else found

        monkeypatch.setattr(tiny_en._model, "search", watched)
        words = SENTENCES[1].text.split()[:3]
        task = Task("partial", prefix=" ".join(words), voice_ms=900, careful=True)
        assert len(tiny_en.decode(utterance(SENTENCES[1]), task).text.split()) > 3
        assert len(searches) == 2

        searches.clear()
        assert tiny_en.decode(utterance(SENTENCES[1]), Task("partial", prefix=" ".join(words))).words
        assert len(searches) == 1


class TestWhatComesBefore:
    @pytest.fixture
    def told(self, tiny_en: WhisperCpp, monkeypatch: pytest.MonkeyPatch) -> list[Search]:
        real, searches = tiny_en._model.search, []

        def watched(audio: Audio, search: Search) -> Found:
            searches.append(search)
            return real(audio, search)

        monkeypatch.setattr(tiny_en._model, "search", watched)
        return searches

    def test_hotwords_come_before_the_text_before(self, tiny_en: WhisperCpp, told: list[Search]) -> None:
        tiny_en.decode(utterance(SENTENCES[0]), Task("partial", prompt="Hello.", hotwords=("Ada", "Bob")))
        expected = [*tiny_en._model.tokens(" Ada"), *tiny_en._model.tokens(", Bob")]
        assert list(told[0].prompt) == [*expected, *tiny_en._model.tokens(" Hello.")]

    def test_there_is_room_for_the_text(self, tiny_en: WhisperCpp, told: list[Search]) -> None:
        tiny_en.decode(utterance(SENTENCES[0]), Task("partial", prompt="so " * 900, hotwords=("Ada",) * 500))
        assert 190 < len(told[0].prompt) <= 200

    @pytest.mark.parametrize(
        ("task", "frames", "beam"),
        [
            (Task("partial"), 300, 1),
            (Task("partial", careful=True), 300, 5),
            (Task("final"), 3000, 5),
            (Task("final", silence_ms=2000), 400, 5),
        ],
    )
    def test_as_much_is_encoded_as_there_is(
        self, tiny_en: WhisperCpp, told: list[Search], task: Task, frames: int, beam: int
    ) -> None:
        tiny_en.decode(np.zeros(2 * SAMPLE_RATE, np.float32), task)
        assert (told[0].frames, told[0].beam) == (frames, beam)


class TestLanguages:
    def test_an_english_model_hears_english_whatever_is_asked(self, tiny_en: WhisperCpp) -> None:
        assert tiny_en.decode(utterance(SENTENCES[0]), Task("partial", language="de")).language == "en"
        assert tiny_en.languages([sound(0, 2000)]) == [{}]

    def test_a_language_is_detected(self, multilingual: WhisperCpp) -> None:
        heard = multilingual.decode(sound(0, 3000), Task("partial"))
        assert heard.language in multilingual._model.languages
        assert 0 < heard.language_probability < 1
        (found,) = multilingual.languages([sound(0, 3000)])
        assert len(found) == 99
        assert sum(found.values()) == pytest.approx(1, abs=0.01)

    def test_an_expected_language_is_favoured(self, multilingual: WhisperCpp) -> None:
        (found,) = multilingual.languages([sound(0, 1000)])
        second = sorted(found, key=lambda each: found[each])[-2]
        times = max(found.values()) / found[second]
        heard = multilingual.decode(sound(0, 1000), Task("partial", likely=(second,)))
        assert (heard.language == second) == (times < 30)

    @pytest.mark.parametrize(
        ("asked", "code"), [("de", "de"), ("pt-BR", "pt"), ("zh_CN", "zh"), ("EN", "en")]
    )
    def test_a_language_that_is_asked_for_is_taken(
        self, multilingual: WhisperCpp, asked: str, code: str
    ) -> None:
        heard = multilingual.decode(sound(0, 2000), Task("partial", language=asked))
        assert (heard.language, heard.language_probability) == (code, 1.0)

    @pytest.mark.parametrize("asked", ["xx", "klingon", "yue"])
    def test_a_language_that_the_model_does_not_know_is_refused(
        self, multilingual: WhisperCpp, asked: str
    ) -> None:
        with pytest.raises(EngineError, match=rf"does not know the language '{asked}'\. Choose a code"):
            multilingual.decode(sound(0, 2000), Task("partial", language=asked))

    def test_a_model_is_told_to_translate(self, multilingual: WhisperCpp, tiny_en: WhisperCpp) -> None:
        assert multilingual.decode(sound(0, 2000), Task("partial", language="de", translate=True))
        with pytest.raises(EngineError, match="only one language, so it cannot translate"):
            tiny_en.decode(sound(0, 2000), Task("partial", translate=True))


def test_its_cost_is_measured(tiny_en: WhisperCpp, multilingual: WhisperCpp) -> None:
    tiny_en.rehearse(2)
    multilingual.rehearse(2)


@pytest.mark.parametrize("length", [48, 100_000, 2_000_000])
def test_broken_files(tmp_path: Path, tiny_en_file: Path, length: int) -> None:
    broken = tmp_path / "ggml-broken.bin"
    broken.write_bytes(tiny_en_file.read_bytes()[:length])
    with pytest.raises(EngineError, match="is incomplete"):
        WhisperCpp(str(broken), name="broken")
