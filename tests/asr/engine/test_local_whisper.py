from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from captions.asr.engine import devices, local_whisper
from captions.asr.engine.base import Audio, EngineError, Request, Task
from captions.asr.engine.local_whisper import LocalWhisper
from captions.asr.engine.prompts import MOST_PROMPT_TOKENS, prompt_of
from captions.asr.engine.search import SearchOptions, search
from captions.asr.engine.search_result import SearchResult
from captions.benchmarks.livetest.wer import wer
from captions.speech.types import SAMPLE_RATE
from tests.speech_data import Span, load_pcm, load_reference
from tests.toy import TOY_FOLDER, TOY_MODEL

# The toy has learnt to write timestamps.
FINAL = Task("final", timestamps=True)
# Not silence, which is as improbable but needs no second look.
GUESS = {"mean_log_probability": -2.0, "no_speech_probability": 0.1}
NOTES = ("note-en-us", "note-en-gb", "note-f2", "fast-m3")
# Word error rates that the toy model's README measured with faster-whisper's own transcribe(); ours are no worse.
README_FIGURES = {"note-en-us": 0.0, "note-en-gb": 0.08, "note-f2": 0.06, "fast-m3": 0.015}


def sound(name: str, start_ms: int, end_ms: int) -> Audio:
    samples = load_pcm(name)[max(start_ms, 0) * 16 : end_ms * 16]
    return samples.astype(np.float32) / np.float32(32768)


def utterance(name: str, sentence: Span) -> Audio:
    return sound(name, sentence.start_ms - 300, sentence.end_ms + 500)


def triples(tokens: Sequence[int]) -> list[tuple[int, int, int]]:
    return list(zip(tokens, tokens[1:], tokens[2:], strict=False))


def error_rate(engine: LocalWhisper, name: str, task: Task) -> float:
    results = [
        wer([sentence.text], engine.decode(utterance(name, sentence), task).text)
        for sentence in load_reference(name).sentences
    ]
    return sum(result.errors for result in results) / sum(result.words for result in results)


class TestFinals:
    @pytest.mark.parametrize("name", NOTES)
    def test_are_as_right_as_the_model_can_be(self, toy: LocalWhisper, name: str) -> None:
        assert error_rate(toy, name, FINAL) <= README_FIGURES[name] + 0.001

    def test_words_have_times_probabilities_and_spaces(self, toy: LocalWhisper) -> None:
        sentence = load_reference("note-en-us").sentences[1]
        heard = toy.decode(utterance("note-en-us", sentence), FINAL)
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

    def test_word_times_are_near_those_of_the_speech(self, toy: LocalWhisper) -> None:
        errors = []
        reference = load_reference("note-en-us")
        for sentence in reference.sentences[1:4]:
            heard = toy.decode(utterance("note-en-us", sentence), FINAL)
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
    def test_silence_has_no_words(self, toy: LocalWhisper, level: float) -> None:
        noise = np.random.default_rng(1).normal(0, level, 3 * SAMPLE_RATE).astype(np.float32)
        heard = toy.decode(noise, FINAL)
        assert heard.words == ()
        assert heard.no_speech_probability > 0.6

    def test_words_whose_times_cannot_be_found_are_spread_over_the_sound(
        self, toy: LocalWhisper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*arguments: Any) -> None:
            raise IndexError

        sentence = load_reference("note-en-us").sentences[1]
        monkeypatch.setattr(toy._model, "find_alignment", fail)
        heard = toy.decode(utterance("note-en-us", sentence), Task("partial"))
        monkeypatch.setattr(toy._attention, "_readable", False)
        again = toy.decode(utterance("note-en-us", sentence), Task("partial"))
        assert heard == again
        assert heard.text.startswith("I am happy")
        assert heard.words[0].start_ms == 0
        assert heard.words[-1].end_ms == pytest.approx(3227, abs=100)
        assert min(word.end_ms - word.start_ms for word in heard.words) > 100
        assert all(0.5 < word.probability < 1 for word in heard.words)

    def test_a_prompt_of_any_length_is_taken(self, toy: LocalWhisper) -> None:
        sentence = load_reference("note-en-us").sentences[2]
        heard = toy.decode(utterance("note-en-us", sentence), Task("final", prompt="What time is it? " * 500))
        assert len(heard.words) <= 30

    def test_a_full_window_is_taken_and_more_is_refused(self, toy: LocalWhisper) -> None:
        full = np.tile(sound("note-en-us", 0, 20_000), 2)[: 30 * SAMPLE_RATE]
        heard = toy.decode(full, FINAL)
        assert heard.words[-1].end_ms <= 30_000
        with pytest.raises(EngineError, match=r"takes 30 s at once, not 30\.1 s"):
            toy.decode(np.zeros(30 * SAMPLE_RATE + 1600, np.float32), FINAL)


class TestWindows:
    """How much of the model's 30 s a final is decoded in."""

    @pytest.mark.parametrize(
        ("task", "frames"),
        [
            (Task("final"), 3000),
            (Task("final", silence_ms=2_000), 400),
            (Task("final", silence_ms=90_000), 3000),
        ],
    )
    def test_the_whole_of_it_unless_less_silence_is_enough(
        self, toy: LocalWhisper, monkeypatch: pytest.MonkeyPatch, task: Task, frames: int
    ) -> None:
        windows: list[int] = []
        encode = toy._model.encode

        def watched(features: Any) -> Any:
            windows.append(features.shape[-1])
            return encode(features)

        monkeypatch.setattr(toy._model, "encode", watched)
        toy.decode(np.zeros(2 * SAMPLE_RATE, np.float32), task)
        assert windows == [frames]

    def test_no_tokens_come_twice_where_that_is_asked_for(
        self, toy: LocalWhisper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found: list[SearchResult] = []

        def watched(*told: Any) -> list[SearchResult]:
            results = search(*told)
            found.extend(results)
            return results

        monkeypatch.setattr(local_whisper, "search", watched)
        twice = np.tile(utterance("note-en-us", load_reference("note-en-us").sentences[1]), 2)
        toy.decode(twice, Task("final"))
        said_twice = triples(found.pop().tokens)
        assert len(said_twice) > len(set(said_twice))
        toy.decode(twice, Task("final", no_repeat=3))
        once = triples(found.pop().tokens)
        assert once
        assert len(once) == len(set(once))

    def test_what_is_decoded_in_two_ways_is_not_decoded_together(self, toy: LocalWhisper) -> None:
        nothing = np.zeros(SAMPLE_RATE, np.float32)
        with pytest.raises(ValueError, match="not decoded together"):
            toy.decode_together([Request(nothing, FINAL), Request(nothing, Task("final", temperature=0.4))])


class TestPartials:
    @pytest.mark.parametrize("name", ["note-en-us", "fast-m3"])
    def test_of_whole_utterances_are_nearly_as_right(self, toy: LocalWhisper, name: str) -> None:
        assert error_rate(toy, name, Task("partial")) <= 0.05

    def test_of_half_an_utterance_begin_like_it(self, toy: LocalWhisper) -> None:
        sentence = load_reference("note-en-us").sentences[1]
        heard = toy.decode(
            sound("note-en-us", sentence.start_ms - 300, sentence.start_ms + 1800), Task("partial")
        )
        assert sentence.text.startswith(heard.text[:18])
        assert heard.words[-1].end_ms <= 2100

    def test_encode_only_the_audio_there_is(self, toy: LocalWhisper, monkeypatch: pytest.MonkeyPatch) -> None:
        frames: list[int] = []
        encode = toy._model.encode

        def watched(features: Any) -> Any:
            frames.append(features.shape[-1])
            return encode(features)

        monkeypatch.setattr(toy._model, "encode", watched)
        for seconds in (0, 0.5, 4, 30):
            toy.decode(np.zeros(int(seconds * SAMPLE_RATE), np.float32), Task("partial"))
        assert frames == [200, 200, 500, 3000]

    def test_invent_little_where_the_sound_stops_within_a_sentence(self, toy: LocalWhisper) -> None:
        sentence = load_reference("note-en-us").sentences[1]
        said = sentence.text.split()
        most = 0
        for end_ms in range(sentence.start_ms + 500, sentence.end_ms, 250):
            heard = toy.decode(sound("note-en-us", sentence.start_ms - 300, end_ms), Task("partial"))
            words = heard.text.split()
            most = max(most, len(words) - sum(a == b for a, b in zip(words, said, strict=False)))
        assert most <= 3

    @pytest.mark.parametrize("samples", [0, 1, 100, 5000])
    def test_next_to_nothing_is_taken(self, toy: LocalWhisper, samples: int) -> None:
        heard = toy.decode(np.zeros(samples, np.float32), Task("partial"))
        assert heard.no_speech_probability > 0.6


class TestLanguages:
    def test_an_english_model_hears_english_whatever_is_asked(self, toy: LocalWhisper) -> None:
        sentence = load_reference("note-en-us").sentences[0]
        heard = toy.decode(utterance("note-en-us", sentence), Task("final", language="de"))
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

    def test_a_model_is_told_to_translate(
        self, multilingual: LocalWhisper, toy: LocalWhisper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        prompts: list[list[int]] = []

        def watched(model: Any, encoded: Any, told: Any, manner: SearchOptions) -> Any:
            prompts.extend(each.prompt for each in told)
            return search(model, encoded, told, manner)

        monkeypatch.setattr(local_whisper, "search", watched)
        for translate in (False, True):
            task = Task("final", language="de", translate=translate)
            assert multilingual.decode(sound("note-en-us", 0, 1500), task).language == "de"
        tokenizer, _ = multilingual._tokenizer("de")
        assert [tokenizer.translate in each for each in prompts] == [False, True]
        assert [tokenizer.transcribe in each for each in prompts] == [True, False]
        with pytest.raises(EngineError, match="cannot translate"):
            toy.decode(sound("note-en-us", 0, 1500), Task("final", translate=True))


class TestLoading:
    def test_an_impossible_arithmetic(self) -> None:
        with pytest.raises(EngineError, match=r"WHISPER_COMPUTE_TYPE is 'int7', but cpu can do .*int8"):
            LocalWhisper(TOY_MODEL, name="toy", device="cpu", compute_type="int7")

    def test_a_device_that_is_not_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ctranslate2.get_cuda_device_count", lambda: 0)
        with pytest.raises(EngineError, match="Set WHISPER_DEVICE=cpu"):
            LocalWhisper(TOY_MODEL, name="toy", device="cuda")

    def test_the_default_device_and_arithmetic(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ctranslate2.get_cuda_device_count", lambda: 1)
        assert devices.default_device("auto") == "cuda"
        assert devices.default_device("cpu") == "cpu"
        assert [devices.default_compute_type(device) for device in ("cpu", "cuda")] == ["int8", "float16"]

    def test_broken_files(self, tmp_path: Any) -> None:
        (tmp_path / "model.bin").write_bytes((TOY_FOLDER / "model.bin").read_bytes()[:5000])
        with pytest.raises(EngineError, match=rf"The model in {tmp_path} cannot be loaded .* WHISPER_MODEL"):
            LocalWhisper(str(tmp_path), name="broken", device="cpu")


class TestPrompts:
    """What the model is told before it listens."""

    @pytest.fixture
    def told(self, toy: LocalWhisper, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[list[int]]]:
        def told(**task: Any) -> list[list[int]]:
            prompts: list[list[int]] = []

            def watched(model: Any, encoded: Any, told: Any, manner: SearchOptions) -> Any:
                prompts.extend(each.prompt for each in told)
                return search(model, encoded, told, manner)

            monkeypatch.setattr(local_whisper, "search", watched)
            toy.decode(sound("note-en-us", 0, 1500), Task(**task))
            monkeypatch.undo()
            return prompts

        return told

    def text(self, toy: LocalWhisper, prompt: list[int]) -> str:
        """The text before the start of the transcript."""
        tokenizer, _ = toy._tokenizer("en")
        assert prompt[0] == tokenizer.sot_prev
        decoded: str = tokenizer.tokenizer.decode(prompt[1 : prompt.index(tokenizer.sot)])
        return decoded

    @pytest.mark.parametrize("kind", ["partial", "final"])
    def test_hotwords_come_before_the_text_before(
        self, toy: LocalWhisper, told: Callable[..., list[list[int]]], kind: str
    ) -> None:
        for prompt in told(kind=kind, prompt=" So it was. ", hotwords=("Maren", " ", "night  ferry")):
            assert self.text(toy, prompt) == " Maren, night ferry So it was."

    def test_without_both_the_model_is_told_nothing(
        self, toy: LocalWhisper, told: Callable[..., list[list[int]]]
    ) -> None:
        for prompt in told(kind="final", hotwords=("", "  ")):
            assert toy._tokenizer("en")[0].sot_prev not in prompt

    @pytest.mark.parametrize("name", ["toy", "multilingual"])
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
    def test_what_is_right_changes_nothing(self, toy: LocalWhisper, kind: Any, prefix: str) -> None:
        sentence = load_reference("note-en-us").sentences[1]
        heard = toy.decode(utterance("note-en-us", sentence), Task(kind, prefix=prefix))
        assert heard.text == sentence.text
        assert heard.words[1].start_ms == pytest.approx(400, abs=150)
        assert heard.mean_log_probability > -0.5
        assert heard.no_speech_probability < 0.1

    @pytest.mark.parametrize("kind", ["partial", "final"])
    def test_what_is_wrong_stays(self, toy: LocalWhisper, kind: Any) -> None:
        sentence = load_reference("note-en-us").sentences[1]
        heard = toy.decode(utterance("note-en-us", sentence), Task(kind, prefix="I was happy"))
        assert heard.text.startswith("I was happy that Anna could")
        assert [word.text for word in heard.words[:3]] == [" I", " was", " happy"]
        assert heard.words[1].probability < 0.2

    def test_come_after_hotwords_and_the_text_before(self, toy: LocalWhisper) -> None:
        sentence = load_reference("note-en-us").sentences[1]
        task = Task("final", prompt="What time is it?", hotwords=("Anna",), prefix="I am happy")
        assert toy.decode(utterance("note-en-us", sentence), task).text == sentence.text

    @pytest.mark.parametrize("before", ["", "What time is it? " * 500])
    def test_leave_room_for_what_comes_after_them(self, multilingual: LocalWhisper, before: str) -> None:
        prefix = "I am happy that Anna could not come tonight. " * 2
        heard = multilingual.decode(
            sound("note-en-us", 0, 1000), Task("partial", language="en", prompt=before, prefix=prefix)
        )
        assert heard.text.startswith(prefix)
        # A second has room for 16 tokens; those that are no text are not heard.
        assert 10 <= len(multilingual._tokenizer("en")[0].encode(heard.text[len(prefix) :])) <= 16

    def test_longer_than_the_model_can_write_are_cut(self, toy: LocalWhisper) -> None:
        prefix = "I am happy that Anna could not come tonight. " * 20
        heard = toy.decode(sound("note-en-us", 0, 1500), Task("partial", prefix=prefix))
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
        self, toy: LocalWhisper, tasks: list[Task]
    ) -> None:
        requests = self.requests(*tasks)
        together = toy.decode_together(requests)
        for heard, request in zip(together, requests, strict=True):
            alone = toy.decode(request.audio, request.task)
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
            written.extend(len(each.result.tokens) for each in texts)
            return words(encoded, texts)

        monkeypatch.setattr(multilingual._attention, "words", watched)
        task = Task("partial", language="en")
        monkeypatch.setattr(local_whisper, "PARTIAL_TOKENS", 0)
        monkeypatch.setattr(local_whisper, "PARTIAL_TOKENS_PER_SECOND", 4)
        multilingual.decode_together([Request(sound("note-en-us", 0, end), task) for end in (1000, 4000)])
        assert written[0] == 4 < written[1]

    def test_silence_among_speech_has_no_words(self, toy: LocalWhisper) -> None:
        requests = [
            Request(np.zeros(2 * SAMPLE_RATE, np.float32), FINAL),
            *self.requests(FINAL),
        ]
        assert [each.text for each in toy.decode_together(requests)] == ["", self.SENTENCES[0].text]

    def test_only_of_one_kind(self, toy: LocalWhisper) -> None:
        with pytest.raises(ValueError, match="not decoded together"):
            toy.decode_together(self.requests(Task("partial"), FINAL))

    def test_two_callers_at_once_do_not_disturb_each_other(self) -> None:
        engine = LocalWhisper(TOY_MODEL, name="toy", device="cpu", cpu_threads=1, parallel=2)
        with ThreadPoolExecutor(2) as callers:
            heard = callers.map(
                lambda each: engine.decode(each.audio, each.task), self.requests(*[FINAL] * 4)
            )
        assert [each.text for each in heard] == [sentence.text for sentence in self.SENTENCES[:4]]


class TestGoingOn:
    """A model that ends with its prefix though there is voice behind it is told a mark, and goes on."""

    SENTENCE = load_reference("note-en-us").sentences[1]
    PREFIX = "I am happy that Anna"

    def ending_early(
        self, toy: LocalWhisper, monkeypatch: pytest.MonkeyPatch, *likely: float
    ) -> list[list[int]]:
        """Lets the first search end with the prefix; the prefixes of those after it, which are so likely."""
        prefixes: list[list[int]] = []

        def watched(model: Any, encoded: Any, told: Any, manner: SearchOptions) -> list[SearchResult]:
            heard = search(model, encoded, told, manner)
            if not prefixes:
                prefixes.append(told[0].prefix)
                return [replace(heard[0], tokens=list(told[0].prefix), mean_log_probability=-0.5)]
            for each in told:
                prefixes.append(each.prefix)
            return [
                replace(each, mean_log_probability=value)
                for each, value in zip(heard, likely[len(prefixes) - 1 - len(told) :], strict=False)
            ]

        monkeypatch.setattr(local_whisper, "search", watched)
        return prefixes

    def decode(self, toy: LocalWhisper, voice_ms: int, *, careful: bool = True) -> str:
        task = Task("partial", prefix=self.PREFIX, new_ms=2_000, voice_ms=voice_ms, careful=careful)
        return toy.decode(utterance("note-en-us", self.SENTENCE), task).text

    def test_it_is_asked_again_behind_marks(self, toy: LocalWhisper, monkeypatch: pytest.MonkeyPatch) -> None:
        prefixes = self.ending_early(toy, monkeypatch, -0.2, -0.1, -0.3)
        text = self.decode(toy, voice_ms=1_500)
        tokenizer, _ = toy._tokenizer("en")
        written = [tokenizer.decode(prefix).strip() for prefix in prefixes]
        assert written[:3] == [self.PREFIX, f"{self.PREFIX}.", f"{self.PREFIX},"]
        assert text.startswith(f"{self.PREFIX},"), "the likeliest"
        assert len(text) > len(self.PREFIX) + 5, "and it goes on"

    def test_where_nobody_spoke_it_is_not(self, toy: LocalWhisper, monkeypatch: pytest.MonkeyPatch) -> None:
        prefixes = self.ending_early(toy, monkeypatch)
        assert self.decode(toy, voice_ms=200) == self.PREFIX
        assert len(prefixes) == 1

    def test_nor_where_it_must_be_quick(self, toy: LocalWhisper, monkeypatch: pytest.MonkeyPatch) -> None:
        prefixes = self.ending_early(toy, monkeypatch)
        assert self.decode(toy, voice_ms=1_500, careful=False) == self.PREFIX
        assert len(prefixes) == 1

    def test_what_is_most_unlikely_is_left_out(
        self, toy: LocalWhisper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.ending_early(toy, monkeypatch, -5.0, -6.0, -7.0)
        assert self.decode(toy, voice_ms=1_500) == self.PREFIX

    def test_a_model_that_goes_on_by_itself_is_asked_once(
        self, toy: LocalWhisper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[int] = []

        def watched(model: Any, encoded: Any, told: Any, manner: SearchOptions) -> list[SearchResult]:
            asked.append(len(told))
            return search(model, encoded, told, manner)

        monkeypatch.setattr(local_whisper, "search", watched)
        assert self.decode(toy, voice_ms=1_500) == self.SENTENCE.text
        assert asked == [1]


@pytest.mark.parametrize(("careful", "beam"), [(True, 5), (False, 1)])
def test_a_partial_is_greedy_unless_it_is_careful(
    toy: LocalWhisper, monkeypatch: pytest.MonkeyPatch, careful: bool, beam: int
) -> None:
    beams: list[int] = []

    def watched(model: Any, encoded: Any, told: Any, manner: SearchOptions) -> list[SearchResult]:
        beams.append(manner.beam)
        return search(model, encoded, told, manner)

    monkeypatch.setattr(local_whisper, "search", watched)
    toy.decode(sound("note-en-us", 0, 2000), Task("partial", careful=careful))
    assert beams == [beam]


def test_a_short_sound_is_in_an_expected_language_unless_it_is_clearly_another(
    multilingual: LocalWhisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = multilingual._model.model
    ranked = [("<|es|>", 0.5), ("<|en|>", 0.03), ("<|de|>", 0.01)]

    class Model:
        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def detect_language(self, view: Any) -> Any:
            return [ranked]

    monkeypatch.setattr(multilingual._model, "model", Model())

    def language(seconds: int, *likely: str) -> str:
        silence = np.zeros(seconds * SAMPLE_RATE, np.float32)
        return multilingual.decode(silence, Task("partial", likely=likely)).language

    assert language(1) == "es"
    assert language(1, "en") == "en"
    assert language(1, "de", "en") == "en"
    assert language(1, "de") == "es"
    assert language(10, "en") == "es"


class TestRehearsals:
    @pytest.mark.parametrize("seconds", [2, 4])
    @pytest.mark.parametrize("model", ["toy", "multilingual"])
    def test_do_what_speech_takes_whatever_the_model_makes_of_it(
        self,
        model: str,
        seconds: int,
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
            written.extend(len(each.result.tokens) for each in texts)
            return words(encoded, texts)

        monkeypatch.setattr(engine._model, "encode", watched_encode)
        monkeypatch.setattr(engine._attention, "words", watched_words)
        engine.rehearse(seconds)
        assert encoded == [(1, 100 * seconds + 100)]
        assert written == [4 * seconds]
