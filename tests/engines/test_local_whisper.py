from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from captions.engines import devices, local_whisper
from captions.engines.base import Audio, EngineError, Request, Task
from captions.engines.heard import Heard
from captions.engines.local_whisper import TEMPERATURES, LocalWhisper
from captions.engines.model_files import DEMO_FOLDER
from captions.engines.prompts import MOST_PROMPT_TOKENS, prompt_of
from captions.engines.search import Manner, search
from captions.livetest.wer import wer
from captions.speech.types import SAMPLE_RATE
from tests.audio import Span, load_pcm, load_reference

FINAL = Task("final")
# Not silence, which is as improbable but needs no second look.
GUESS = {"mean_log_probability": -2.0, "no_speech_probability": 0.1}
NOTES = ("note-en-us", "note-en-gb", "note-f2", "fast-m3")
# Word error rates that the demo model's README measured with faster-whisper's own transcribe(); ours are no worse.
README_FIGURES = {"note-en-us": 0.0, "note-en-gb": 0.08, "note-f2": 0.06, "fast-m3": 0.015}


def sound(name: str, start_ms: int, end_ms: int) -> Audio:
    samples = load_pcm(name)[max(start_ms, 0) * 16 : end_ms * 16]
    return samples.astype(np.float32) / np.float32(32768)


def utterance(name: str, sentence: Span) -> Audio:
    return sound(name, sentence.start_ms - 300, sentence.end_ms + 500)


def error_rate(engine: LocalWhisper, name: str, task: Task) -> float:
    results = [
        wer([sentence.text], engine.decode(utterance(name, sentence), task).text)
        for sentence in load_reference(name).sentences
    ]
    return sum(result.errors for result in results) / sum(result.words for result in results)


class TestFinals:
    @pytest.mark.parametrize("name", NOTES)
    def test_are_as_right_as_the_model_can_be(self, demo: LocalWhisper, name: str) -> None:
        assert error_rate(demo, name, Task("final")) <= README_FIGURES[name] + 0.001

    def test_words_have_times_probabilities_and_spaces(self, demo: LocalWhisper) -> None:
        sentence = load_reference("note-en-us").sentences[1]
        heard = demo.decode(utterance("note-en-us", sentence), Task("final"))
        assert heard.text == sentence.text
        assert [word.text for word in heard.words[:2]] == [" I", " am"]
        assert all(0 < word.probability <= 1 for word in heard.words)
        assert all(word.start_ms < word.end_ms for word in heard.words)
        assert all(before.end_ms <= after.start_ms for before, after in pairwise(heard.words))
        assert heard.words[0].start_ms == pytest.approx(300, abs=150)
        assert heard.words[-1].end_ms == pytest.approx(300 + sentence.end_ms - sentence.start_ms, abs=400)
        assert (heard.language, heard.language_probability) == ("en", 1.0)
        assert heard.no_speech_probability < 0.1
        assert -0.5 < heard.mean_log_probability < 0
        assert 0 < heard.compression_ratio < 2.4

    def test_word_times_are_near_those_of_the_speech(self, demo: LocalWhisper) -> None:
        errors = []
        reference = load_reference("note-en-us")
        for sentence in reference.sentences[1:4]:
            heard = demo.decode(utterance("note-en-us", sentence), Task("final"))
            spoken = {
                word.text.strip("?."): word.start_ms
                for word in reference.words
                if word.start_ms >= sentence.start_ms
            }
            begin = sentence.start_ms - 300
            errors += [
                abs(word.start_ms + begin - spoken[word.text.strip(" ?.")])
                for word in heard.words
                if word.text.strip(" ?.") in spoken
            ]
        assert len(errors) > 15
        assert np.median(errors) < 100

    @pytest.mark.parametrize("level", [0.0, 0.003])
    def test_silence_has_no_words(self, demo: LocalWhisper, level: float) -> None:
        noise = np.random.default_rng(1).normal(0, level, 3 * SAMPLE_RATE).astype(np.float32)
        heard = demo.decode(noise, Task("final"))
        assert heard.words == ()
        assert heard.no_speech_probability > 0.6

    def test_words_whose_times_cannot_be_found_are_spread_over_the_sound(
        self, demo: LocalWhisper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*arguments: Any) -> None:
            raise IndexError

        sentence = load_reference("note-en-us").sentences[1]
        monkeypatch.setattr(demo._model, "find_alignment", fail)
        heard = demo.decode(utterance("note-en-us", sentence), Task("partial"))
        monkeypatch.setattr(demo._attention, "_readable", False)
        again = demo.decode(utterance("note-en-us", sentence), Task("partial"))
        assert heard == again
        assert heard.text.startswith("I am happy")
        assert heard.words[0].start_ms == 0
        assert heard.words[-1].end_ms == pytest.approx(3227, abs=100)
        assert min(word.end_ms - word.start_ms for word in heard.words) > 100
        assert all(0.5 < word.probability < 1 for word in heard.words)

    def test_a_prompt_of_any_length_is_taken(self, demo: LocalWhisper) -> None:
        sentence = load_reference("note-en-us").sentences[2]
        heard = demo.decode(
            utterance("note-en-us", sentence), Task("final", prompt="What time is it? " * 500)
        )
        assert len(heard.words) <= 30

    def test_a_full_window_is_taken_and_more_is_refused(self, demo: LocalWhisper) -> None:
        full = np.tile(sound("note-en-us", 0, 20_000), 2)[: 30 * SAMPLE_RATE]
        heard = demo.decode(full, Task("final"))
        assert heard.words[-1].end_ms <= 30_000
        with pytest.raises(EngineError, match=r"takes 30 s at once, not 30\.1 s"):
            demo.decode(np.zeros(30 * SAMPLE_RATE + 1600, np.float32), Task("final"))


class TestWindows:
    """How much of the model's 30 s a final is decoded in."""

    @pytest.fixture
    def searches(self, demo: LocalWhisper, monkeypatch: pytest.MonkeyPatch) -> "Searches":
        return Searches(demo, monkeypatch)

    @pytest.mark.parametrize(("seconds", "frames"), [(0.2, 400), (2, 500), (28, 3000), (30, 3000)])
    def test_a_final_is_decoded_with_some_silence_after_it(
        self, demo: LocalWhisper, searches: "Searches", seconds: float, frames: int
    ) -> None:
        demo.decode(np.zeros(int(seconds * SAMPLE_RATE), np.float32), Task("final"))
        assert searches.windows == [frames]

    @pytest.mark.parametrize(
        "strange",
        [
            {"compression_ratio": 3.0},
            {"cut_off": True},
            {"text": "so it was so it was"},
            {"tokens": [], **GUESS},
        ],
        ids=["loops", "has no end", "repeats itself", "is a guess"],
    )
    def test_what_is_strange_is_decoded_again_in_the_whole_window(
        self, demo: LocalWhisper, searches: "Searches", strange: dict[str, Any]
    ) -> None:
        sentence = load_reference("note-en-us").sentences[1]
        searches.answer_in_short_windows(**strange)
        assert demo.decode(utterance("note-en-us", sentence), Task("final")).text == sentence.text
        assert searches.windows == [pytest.approx(622, abs=30), 3000]

    def test_what_is_strange_there_too_is_searched_for_less_greedily(
        self, demo: LocalWhisper, searches: "Searches"
    ) -> None:
        searches.answer(compression_ratio=3.0)
        demo.decode(sound("note-en-us", 0, 2000), Task("final"))
        assert searches.windows == [500, 3000]
        assert searches.temperatures == [0, 0, 0, 0, *TEMPERATURES]

    def test_the_whole_one_can_be_asked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        engine = LocalWhisper(str(DEMO_FOLDER), name="demo", device="cpu", full_window=True)
        searches = Searches(engine, monkeypatch)
        engine.decode(sound("note-en-us", 0, 2000), Task("final"))
        engine.rehearse("final", 2)
        assert searches.windows == [3000, 3000]


class Searches:
    """Watches an engine's encodings and searches, and can change what comes of them."""

    def __init__(self, engine: LocalWhisper, monkeypatch: pytest.MonkeyPatch) -> None:
        self.windows: list[int] = []
        self.temperatures: list[float] = []
        self._changed: dict[str, Any] = {}
        self._only_short = False
        self._encode = engine._model.encode
        monkeypatch.setattr(engine._model, "encode", self._watched_encode)
        monkeypatch.setattr(local_whisper, "search", self._watched_search)

    def answer(self, **changed: Any) -> None:
        self._changed = changed

    def answer_in_short_windows(self, **changed: Any) -> None:
        self._changed, self._only_short = changed, True

    def _watched_encode(self, features: Any) -> Any:
        self.windows.append(features.shape[-1])
        return self._encode(features)

    def _watched_search(self, model: Any, encoded: Any, told: Any, manner: Manner) -> list[Heard]:
        self.temperatures.append(manner.temperature)
        heard = search(model, encoded, told, manner)
        if self._only_short and encoded.frames == 3000:
            return heard
        return [replace(each, **self._changed) for each in heard]


class TestPartials:
    @pytest.mark.parametrize("name", ["note-en-us", "fast-m3"])
    def test_of_whole_utterances_are_nearly_as_right(self, demo: LocalWhisper, name: str) -> None:
        assert error_rate(demo, name, Task("partial")) <= 0.05

    def test_of_half_an_utterance_begin_like_it(self, demo: LocalWhisper) -> None:
        sentence = load_reference("note-en-us").sentences[1]
        heard = demo.decode(
            sound("note-en-us", sentence.start_ms - 300, sentence.start_ms + 1800), Task("partial")
        )
        assert sentence.text.startswith(heard.text[:18])
        assert heard.words[-1].end_ms <= 2100

    def test_encode_only_the_audio_there_is(
        self, demo: LocalWhisper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        frames: list[int] = []
        encode = demo._model.encode

        def watched(features: Any) -> Any:
            frames.append(features.shape[-1])
            return encode(features)

        monkeypatch.setattr(demo._model, "encode", watched)
        for seconds in (0, 0.5, 4, 30):
            demo.decode(np.zeros(int(seconds * SAMPLE_RATE), np.float32), Task("partial"))
        assert frames == [150, 150, 450, 3000]

    def test_invent_little_where_the_sound_stops_within_a_sentence(self, demo: LocalWhisper) -> None:
        sentence = load_reference("note-en-us").sentences[1]
        said = sentence.text.split()
        most = 0
        for end_ms in range(sentence.start_ms + 500, sentence.end_ms, 250):
            heard = demo.decode(sound("note-en-us", sentence.start_ms - 300, end_ms), Task("partial"))
            words = heard.text.split()
            most = max(most, len(words) - sum(a == b for a, b in zip(words, said, strict=False)))
        assert most <= 3

    @pytest.mark.parametrize("samples", [0, 1, 100, 5000])
    def test_next_to_nothing_is_taken(self, demo: LocalWhisper, samples: int) -> None:
        heard = demo.decode(np.zeros(samples, np.float32), Task("partial"))
        assert heard.no_speech_probability > 0.6


class TestLanguages:
    def test_an_english_model_hears_english_whatever_is_asked(self, demo: LocalWhisper) -> None:
        sentence = load_reference("note-en-us").sentences[0]
        heard = demo.decode(utterance("note-en-us", sentence), Task("final", language="de"))
        assert (heard.text, heard.language) == (sentence.text, "en")

    @pytest.mark.parametrize("kind", ["partial", "final"])
    def test_a_language_is_detected(self, multilingual: LocalWhisper, kind: Any) -> None:
        heard = multilingual.decode(sound("note-en-us", 0, 3000), Task(kind))
        assert len(heard.language) in (2, 3)
        assert 0 < heard.language_probability < 1

    @pytest.mark.parametrize(
        ("asked", "code"), [("de", "de"), ("pt-BR", "pt"), ("zh_CN", "zh"), ("EN", "en")]
    )
    def test_a_language_that_is_asked_for_is_taken(
        self, multilingual: LocalWhisper, asked: str, code: str
    ) -> None:
        heard = multilingual.decode(sound("note-en-us", 0, 2000), Task("partial", language=asked))
        assert (heard.language, heard.language_probability) == (code, 1.0)

    @pytest.mark.parametrize("asked", ["xx", "klingon", "yue"])
    def test_a_language_that_the_model_does_not_know_is_refused(
        self, multilingual: LocalWhisper, asked: str
    ) -> None:
        with pytest.raises(EngineError, match=rf"does not know the language '{asked}'\. Choose a code"):
            multilingual.decode(sound("note-en-us", 0, 2000), Task("partial", language=asked))


class TestLoading:
    def test_an_impossible_arithmetic(self) -> None:
        with pytest.raises(EngineError, match=r"WHISPER_COMPUTE_TYPE is 'int7', but cpu can do .*int8"):
            LocalWhisper(str(DEMO_FOLDER), name="demo", device="cpu", compute_type="int7")

    def test_a_device_that_is_not_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ctranslate2.get_cuda_device_count", lambda: 0)
        with pytest.raises(EngineError, match="Set WHISPER_DEVICE=cpu"):
            LocalWhisper(str(DEMO_FOLDER), name="demo", device="cuda")

    def test_the_default_device_and_arithmetic(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ctranslate2.get_cuda_device_count", lambda: 1)
        assert devices.default_device("auto") == "cuda"
        assert devices.default_device("cpu") == "cpu"
        assert [devices.default_compute_type(device) for device in ("cpu", "cuda")] == ["int8", "float16"]

    def test_broken_files(self, tmp_path: Any) -> None:
        (tmp_path / "model.bin").write_bytes((DEMO_FOLDER / "model.bin").read_bytes()[:5000])
        with pytest.raises(EngineError, match=rf"The model in {tmp_path} cannot be loaded .* WHISPER_MODEL"):
            LocalWhisper(str(tmp_path), name="broken", device="cpu")


class TestPrompts:
    """What the model is told before it listens."""

    @pytest.fixture
    def told(self, demo: LocalWhisper, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[list[int]]]:
        def told(**task: Any) -> list[list[int]]:
            prompts: list[list[int]] = []

            def watched(model: Any, encoded: Any, told: Any, manner: Manner) -> Any:
                prompts.extend(each.prompt for each in told)
                return search(model, encoded, told, manner)

            monkeypatch.setattr(local_whisper, "search", watched)
            demo.decode(sound("note-en-us", 0, 1500), Task(**task))
            monkeypatch.undo()
            return prompts

        return told

    def text(self, demo: LocalWhisper, prompt: list[int]) -> str:
        """The text before the start of the transcript."""
        tokenizer, _ = demo._tokenizer("en")
        assert prompt[0] == tokenizer.sot_prev
        decoded: str = tokenizer.tokenizer.decode(prompt[1 : prompt.index(tokenizer.sot)])
        return decoded

    @pytest.mark.parametrize("kind", ["partial", "final"])
    def test_hotwords_come_before_the_text_before(
        self, demo: LocalWhisper, told: Callable[..., list[list[int]]], kind: str
    ) -> None:
        for prompt in told(kind=kind, prompt=" So it was. ", hotwords=("Maren", " ", "night  ferry")):
            assert self.text(demo, prompt) == " Maren, night ferry So it was."

    def test_without_both_the_model_is_told_nothing(
        self, demo: LocalWhisper, told: Callable[..., list[list[int]]]
    ) -> None:
        for prompt in told(kind="final", hotwords=("", "  ")):
            assert demo._tokenizer("en")[0].sot_prev not in prompt

    @pytest.mark.parametrize("name", ["demo", "multilingual"])
    @pytest.mark.parametrize("before", ["", "What time is it? " * 500])
    def test_hotwords_are_left_out_whole_where_there_is_no_room(
        self, name: str, before: str, request: pytest.FixtureRequest
    ) -> None:
        engine: LocalWhisper = request.getfixturevalue(name)
        tokenizer, _ = engine._tokenizer("en")
        names = tuple(f"Ferry{number}" for number in range(300))
        prompt = prompt_of(tokenizer, Task("final", prompt=before, hotwords=names))
        assert len(prompt) <= MOST_PROMPT_TOKENS + 5
        kept = self.text(engine, prompt).strip().split(", ")
        assert kept[:20] == list(names[:20])
        if not before:
            assert kept == list(names[: len(kept)])
        assert engine.decode(sound("note-en-us", 0, 1500), Task("final", prompt=before, hotwords=names))


class TestPrefixes:
    """Words that the text is known to begin with."""

    @pytest.mark.parametrize("kind", ["partial", "final"])
    @pytest.mark.parametrize(
        "prefix", ["I am", " I  am happy that Anna ", "I am happy that Anna could not come tonight."]
    )
    def test_what_is_right_changes_nothing(self, demo: LocalWhisper, kind: Any, prefix: str) -> None:
        sentence = load_reference("note-en-us").sentences[1]
        heard = demo.decode(utterance("note-en-us", sentence), Task(kind, prefix=prefix))
        assert heard.text == sentence.text
        assert heard.words[1].start_ms == pytest.approx(400, abs=150)
        assert heard.mean_log_probability > -0.5
        assert heard.no_speech_probability < 0.1

    @pytest.mark.parametrize("kind", ["partial", "final"])
    def test_what_is_wrong_stays(self, demo: LocalWhisper, kind: Any) -> None:
        sentence = load_reference("note-en-us").sentences[1]
        heard = demo.decode(utterance("note-en-us", sentence), Task(kind, prefix="I was happy"))
        assert heard.text.startswith("I was happy that Anna could")
        assert [word.text for word in heard.words[:3]] == [" I", " was", " happy"]
        assert heard.words[1].probability < 0.2

    def test_come_after_hotwords_and_the_text_before(self, demo: LocalWhisper) -> None:
        sentence = load_reference("note-en-us").sentences[1]
        task = Task("final", prompt="What time is it?", hotwords=("Anna",), prefix="I am happy")
        assert demo.decode(utterance("note-en-us", sentence), task).text == sentence.text

    @pytest.mark.parametrize("before", ["", "What time is it? " * 500])
    def test_leave_room_for_what_comes_after_them(self, multilingual: LocalWhisper, before: str) -> None:
        prefix = "I am happy that Anna could not come tonight. " * 2
        heard = multilingual.decode(
            sound("note-en-us", 0, 1000), Task("partial", language="en", prompt=before, prefix=prefix)
        )
        assert heard.text.startswith(prefix)
        # A second has room for 16 tokens; those that are no text are not heard.
        assert 10 <= len(multilingual._tokenizer("en")[0].encode(heard.text[len(prefix) :])) <= 16

    def test_longer_than_the_model_can_write_are_cut(self, demo: LocalWhisper) -> None:
        prefix = "I am happy that Anna could not come tonight. " * 20
        heard = demo.decode(sound("note-en-us", 0, 1500), Task("partial", prefix=prefix))
        assert heard.words
        assert prefix.startswith(heard.text)

    @pytest.mark.parametrize(("language", "begins"), [("de", " Ich"), ("ja", "Ich")])
    def test_begin_as_texts_of_the_language_do(
        self, multilingual: LocalWhisper, language: str, begins: str
    ) -> None:
        heard = multilingual.decode(
            sound("note-en-us", 0, 1500), Task("partial", language=language, prefix="Ich")
        )
        assert "".join(word.text for word in heard.words).startswith(begins)


class TestTogether:
    """Several sounds at once come to what each alone does."""

    SENTENCES = load_reference("note-en-us").sentences

    def requests(self, *tasks: Task) -> list[Request]:
        return [
            Request(utterance("note-en-us", sentence), task)
            for sentence, task in zip(self.SENTENCES, tasks, strict=False)
        ]

    @pytest.mark.parametrize(
        "tasks",
        [
            [Task("partial")] * 3,
            [Task("final")] * 3,
            [Task("final", prefix=prefix) for prefix in ("What", "I was happy that", "The weather is")],
            [Task("final", prefix=prefix) for prefix in ("What", "", "The weather is")],
            [Task("final", prompt="So it was."), Task("final"), Task("final", hotwords=("December",))],
        ],
        ids=["partials", "finals", "prefixes", "some prefixes", "prompts"],
    )
    def test_the_words_their_times_and_their_probabilities_are_the_same(
        self, demo: LocalWhisper, tasks: list[Task]
    ) -> None:
        requests = self.requests(*tasks)
        together = demo.decode_together(requests)
        for heard, request in zip(together, requests, strict=True):
            alone = demo.decode(request.audio, request.task)
            assert heard.text == alone.text
            assert heard.mean_log_probability == pytest.approx(alone.mean_log_probability, abs=0.02)
            assert heard.no_speech_probability == pytest.approx(alone.no_speech_probability, abs=0.01)
            for word, same in zip(heard.words, alone.words, strict=True):
                assert word.start_ms == pytest.approx(same.start_ms, abs=60)
                assert word.end_ms == pytest.approx(same.end_ms, abs=60)
                assert word.probability == pytest.approx(same.probability, abs=0.05)

    def test_each_may_be_in_a_language_of_its_own(self, multilingual: LocalWhisper) -> None:
        requests = self.requests(*(Task("partial", language=code) for code in ("de", "", "pt-BR", "de")))
        heard = multilingual.decode_together(requests)
        assert [heard[number].language for number in (0, 2, 3)] == ["de", "pt", "de"]
        assert 0 < heard[1].language_probability < 1
        assert all(each.words for each in heard)

    def test_each_writes_as_much_as_it_may_alone(
        self, multilingual: LocalWhisper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        written: list[int] = []
        words = multilingual._attention.words

        def watched(encoded: Any, texts: Any) -> Any:
            written.extend(len(each.heard.tokens) for each in texts)
            return words(encoded, texts)

        monkeypatch.setattr(multilingual._attention, "words", watched)
        task = Task("partial", language="en")
        multilingual.decode_together([Request(sound("note-en-us", 0, end), task) for end in (1000, 4000)])
        assert written[0] == 16

    def test_silence_among_speech_has_no_words(self, demo: LocalWhisper) -> None:
        requests = [
            Request(np.zeros(2 * SAMPLE_RATE, np.float32), Task("final")),
            *self.requests(Task("final")),
        ]
        assert [each.text for each in demo.decode_together(requests)] == ["", self.SENTENCES[0].text]

    def test_only_what_is_strange_is_searched_for_again(
        self, demo: LocalWhisper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        searched: list[tuple[int, int]] = []

        def strange_second(model: Any, encoded: Any, told: Any, manner: Manner) -> list[Heard]:
            searched.append((encoded.count, encoded.frames))
            heard = search(model, encoded, told, manner)
            return (
                heard if len(heard) == 1 else [heard[0], replace(heard[1], compression_ratio=3.0), *heard[2:]]
            )

        monkeypatch.setattr(local_whisper, "search", strange_second)
        heard = demo.decode_together(self.requests(*[Task("final")] * 3))
        assert [each.text for each in heard] == [sentence.text for sentence in self.SENTENCES[:3]]
        assert [count for count, _ in searched] == [3, 1]

    def test_only_of_one_kind(self, demo: LocalWhisper) -> None:
        with pytest.raises(ValueError, match="not decoded together"):
            demo.decode_together(self.requests(Task("partial"), Task("final")))

    def test_two_callers_at_once_do_not_disturb_each_other(self) -> None:
        engine = LocalWhisper(str(DEMO_FOLDER), name="demo", device="cpu", cpu_threads=1, parallel=2)
        with ThreadPoolExecutor(2) as callers:
            heard = callers.map(
                lambda each: engine.decode(each.audio, each.task), self.requests(*[FINAL] * 4)
            )
        assert [each.text for each in heard] == [sentence.text for sentence in self.SENTENCES[:4]]


class TestRehearsals:
    @pytest.mark.parametrize(("kind", "frames"), [("partial", 250), ("final", 500)])
    @pytest.mark.parametrize("batch", [1, 3])
    @pytest.mark.parametrize("model", ["demo", "multilingual"])
    def test_do_what_speech_takes_whatever_the_model_makes_of_it(
        self,
        model: str,
        batch: int,
        kind: Any,
        frames: int,
        request: pytest.FixtureRequest,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        engine: LocalWhisper = request.getfixturevalue(model)
        encoded: list[tuple[int, ...]] = []
        written: list[int] = []
        encode, words = engine._model.encode, engine._attention.words

        def watched_encode(features: Any) -> Any:
            encoded.append((features.shape[0], features.shape[-1]))
            return encode(features)

        def watched_words(encoded: Any, texts: Any) -> Any:
            written.extend(len(each.heard.tokens) for each in texts)
            return words(encoded, texts)

        monkeypatch.setattr(engine._model, "encode", watched_encode)
        monkeypatch.setattr(engine._attention, "words", watched_words)
        engine.rehearse(kind, 2, batch)
        assert encoded == [(batch, frames)]
        assert written == [12] * batch
