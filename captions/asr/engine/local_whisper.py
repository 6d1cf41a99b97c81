"""Whisper models in this process, through faster-whisper and CTranslate2."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens, pad_or_trim

from ...speech.types import SAMPLE_RATE, Hypothesis
from . import devices
from .attention import Attention, DecodedText
from .base import Audio, EngineError, Request, Task
from .encoded import Encoded
from .prompts import SPACELESS, prefix_of, prompt_of
from .search import SearchOptions, SearchRequest, search
from .search_result import SearchResult

LONGEST_SECONDS = 30
SHORTEST_SECONDS = 1.0
MOST_TOKENS = 224
# What may be said in a second of live sound, and as much again: more is a loop, and loops take long.
PARTIAL_TOKENS_PER_SECOND = 9
PARTIAL_TOKENS = 8
# Fluent speech.
SPOKEN_TOKENS_PER_SECOND = 4

BEAM = 5

WINDOW = 3000
# The silence after the sound that a partial is given, in frames of 10 ms: where sound stops within a word models loop
# without it.
PARTIAL_SILENCE = 100
# A text that is renewed several times a second is searched for greedily: each token takes time, the prefix's too.
QUICK_BEAM = 1
# Voice that is a word.
LEAST_VOICE_MS = 250
# What is likelier than that is better than nothing where there is voice.
LEAST_LOG_PROBABILITY = -1.3
MARKS, SPACELESS_MARKS = (".", ","), ("。", "、")
# How many times likelier a language is that is expected, in a second of sound; the longer the sound, the less.
EXPECTED_LANGUAGE = 30.0
# The silence behind a sound whose language is asked for.
LANGUAGE_SILENCE_MS = 2_000

# No language has more tokens a second; what needs more is a loop.
FINAL_TOKENS_PER_SECOND = 20
FINAL_TOKENS = 24


@dataclass(frozen=True, slots=True)
class _Sound:
    """A spectrogram of 100 frames a second, and what to do with it."""

    features: Any
    task: Task

    @property
    def frames(self) -> int:
        return int(self.features.shape[-1])


class LocalWhisper:
    """A model in a folder, on one device, for `parallel` callers at a time."""

    def __init__(
        self,
        path: str,
        *,
        name: str,
        device: str = "auto",
        compute_type: str = "",
        cpu_threads: int = 0,
        parallel: int = 1,
    ) -> None:
        """Loads the model at `path` and decodes a second of silence, so that what is broken shows now.

        `compute_type` empty means int8 on the CPU and float16 on CUDA; `cpu_threads` are those of each caller, 0 every
        core this process may use. Raises EngineError.
        """
        self.name = name
        self.device = devices.default_device(device)
        compute_type = compute_type or devices.default_compute_type(self.device)
        devices.check(self.device, compute_type)
        try:
            self._model = WhisperModel(
                path,
                device=self.device,
                compute_type=compute_type,
                cpu_threads=cpu_threads or devices.cores(),
                num_workers=parallel,
                local_files_only=True,
            )
        except Exception as error:  # Each library below has exceptions of its own; all mean the same here.
            raise EngineError(
                f"The model in {path} cannot be loaded ({_sentence(error)}). "
                "Check the files, or set WHISPER_MODEL to another model."
            ) from error
        self._attention = Attention(self._model, path)
        self._tokenizers: dict[str, tuple[Any, tuple[int, ...]]] = {}
        silence = np.zeros(SAMPLE_RATE, np.float32)
        self.decode(silence, Task("partial", language="en"))

    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        return self.decode_together([Request(audio, task)])[0]

    def decode_together(self, requests: Sequence[Request]) -> list[Hypothesis]:
        """As `decode` for each of them. All are of one kind, and searched for in one way.

        It pays for sounds of about one length, for they are padded to the longest. Where some are told more than
        others before their text, or only some have a prefix, the searches are done one after the other.
        """
        ways = {
            (each.task.kind, each.task.careful, each.task.temperature, each.task.no_repeat)
            for each in requests
        }
        if len(ways) > 1:
            raise ValueError("What is decoded in different ways is not decoded together.")
        for request in requests:
            if len(request.audio) > LONGEST_SECONDS * SAMPLE_RATE:
                raise EngineError(
                    f"The model takes {LONGEST_SECONDS} s at once, "
                    f"not {len(request.audio) / SAMPLE_RATE:.1f} s."
                )
        try:
            return self._decode([_Sound(self._features(each.audio), each.task) for each in requests])
        except (RuntimeError, ValueError) as error:
            raise self._failure(error) from error

    def languages(self, sounds: Sequence[Audio]) -> list[dict[str, float]]:
        """How likely each language is in each of the sounds; nothing where the model knows only one.

        Raises EngineError.
        """
        if not self._model.model.is_multilingual or not sounds:
            return [{} for _ in sounds]
        task = Task("final", silence_ms=LANGUAGE_SILENCE_MS)
        try:
            prepared = [_Sound(self._features(each), task) for each in sounds]
            encoded = self._encode(prepared, max(_frames(each) for each in prepared))
            found = self._model.model.detect_language(encoded.view)
        except (RuntimeError, ValueError) as error:
            raise self._failure(error) from error
        return [{token[2:-2]: float(probability) for token, probability in ranked} for ranked in found]

    def rehearse(self, seconds: float) -> None:
        """Does the work of decoding that much fluent speech.

        Whatever a model thinks of the sound that it is given here, it writes as much as it would of speech.
        Raises EngineError.
        """
        noise = np.random.default_rng(0).normal(0, 0.05, round(seconds * SAMPLE_RATE)).astype(np.float32)
        try:
            sound = _Sound(self._features(noise), Task("partial"))
            encoded = self._encode([sound], _frames(sound))
            language, _ = self._languages([sound], encoded)[0]
            tokenizer, suppressed = self._tokenizer(language)
            # A prefix costs as much as what is new.
            room = round(SPOKEN_TOKENS_PER_SECOND * seconds)
            request = SearchRequest(tokenizer, [*tokenizer.sot_sequence, tokenizer.no_timestamps], [], room)
            options = SearchOptions(QUICK_BEAM, suppressed=(*suppressed, tokenizer.eot))
            result = search(self._model, encoded, [request], options)[0]
            self._attention.words(encoded, [DecodedText(result, tokenizer, sound.frames)])
        except (RuntimeError, ValueError) as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> EngineError:
        """What CTranslate2 raised when a device or its libraries failed, as a sentence."""
        hint = (
            " Set WHISPER_DEVICE=cpu, or install the CUDA libraries that CTranslate2 needs."
            if self.device == "cuda"
            else ""
        )
        # A device that failed once often works again in a new process; a wrong value stays wrong.
        retryable = isinstance(error, RuntimeError)
        return EngineError(
            f"The model {self.name} cannot decode ({_sentence(error)}).{hint}", retryable=retryable
        )

    def _features(self, audio: Audio) -> Any:
        """The spectrogram, 100 frames a second."""
        short = int(SHORTEST_SECONDS * SAMPLE_RATE) - len(audio)
        padded = np.pad(audio, (0, short)) if short > 0 else audio
        # The last frame lies in padding, and would be one too many for the model's window.
        return self._model.feature_extractor(padded)[..., :-1]

    def _encode(self, sounds: Sequence[_Sound], frames: int) -> Encoded:
        features = np.stack([pad_or_trim(sound.features, frames) for sound in sounds])
        return Encoded(self._model.encode(features), len(sounds), frames)

    def _decode(self, sounds: Sequence[_Sound]) -> list[Hypothesis]:
        encoded = self._encode(sounds, max(_frames(sound) for sound in sounds))
        languages = self._languages(sounds, encoded)
        requests = [
            self._request(sound, language) for sound, (language, _) in zip(sounds, languages, strict=True)
        ]
        results = self._searches(encoded, requests, sounds[0].task)
        if sounds[0].task.kind == "partial" and sounds[0].task.careful:
            results = [
                self._gone_on(encoded.only(number), result, sound, requests[number])
                for number, (result, sound) in enumerate(zip(results, sounds, strict=True))
            ]
        words = self._attention.words(
            encoded,
            [
                DecodedText(result, each.tokenizer, sound.frames)
                for result, each, sound in zip(results, requests, sounds, strict=True)
            ],
        )
        return [
            Hypothesis(
                words=words_of_one,
                language=language,
                language_probability=probability,
                no_speech_probability=result.no_speech_probability,
                mean_log_probability=result.mean_log_probability,
                compression_ratio=result.compression_ratio,
            )
            for words_of_one, (language, probability), result in zip(words, languages, results, strict=True)
        ]

    def _request(self, sound: _Sound, language: str) -> SearchRequest:
        tokenizer, _ = self._tokenizer(language)
        task, seconds = sound.task, sound.frames / self._model.frames_per_second
        prompt, prefix = prompt_of(tokenizer, task), prefix_of(tokenizer, task.prefix)
        if task.kind == "final":
            room = min(MOST_TOKENS, FINAL_TOKENS + int(FINAL_TOKENS_PER_SECOND * seconds))
        else:
            new_seconds = seconds if task.new_ms is None else task.new_ms / 1000
            room = min(MOST_TOKENS, PARTIAL_TOKENS + int(PARTIAL_TOKENS_PER_SECOND * new_seconds))
        request = SearchRequest(tokenizer, prompt, prefix, room)
        # On a cropped spectrogram timestamps cost words, and none come before a prefix.
        bare = prefix or task.kind == "partial" or not task.timestamps
        return _without_timestamps(request) if bare else request

    def _searches(
        self, encoded: Encoded, requests: Sequence[SearchRequest], task: Task
    ) -> list[SearchResult]:
        """One search for each of the sounds, together where that can be."""
        _, suppressed = self._tokenizer(requests[0].tokenizer.language_code)
        beam = BEAM if task.kind == "final" or task.careful else QUICK_BEAM
        options = SearchOptions(beam, task.temperature, task.no_repeat, suppressed)
        if len({each.alike for each in requests}) == 1:
            return search(self._model, encoded, requests, options)
        return [
            search(self._model, encoded.only(number), [each], options)[0]
            for number, each in enumerate(requests)
        ]

    def _gone_on(
        self, encoded: Encoded, result: SearchResult, sound: _Sound, request: SearchRequest
    ) -> SearchResult:
        """What was heard; where that ends with its prefix though there is voice behind it, the likeliest that goes on.

        A model that is not told which mark stands there likes to end with a full stop. So it is told one or the other,
        or to write none.
        """
        if not request.prefix or sound.task.voice_ms < LEAST_VOICE_MS or _goes_on(result, request):
            return result
        language = request.tokenizer.language_code
        _, suppressed = self._tokenizer(language)
        marks = [
            request.tokenizer.encode(mark) for mark in (SPACELESS_MARKS if language in SPACELESS else MARKS)
        ]
        options = SearchOptions(QUICK_BEAM, suppressed=suppressed, goes_on=True)
        with_mark = [replace(request, prefix=[*request.prefix, *mark]) for mark in marks]
        without = replace(options, suppressed=(*suppressed, *(token for mark in marks for token in mark)))
        found = [
            *search(self._model, encoded.times(len(marks)), with_mark, options),
            *search(self._model, encoded, [request], without),
        ]
        gone_on = [each for each in found if _goes_on(each, request)]
        likeliest = max(gone_on, key=lambda each: each.mean_log_probability, default=result)
        return likeliest if likeliest.mean_log_probability >= LEAST_LOG_PROBABILITY else result

    def _languages(self, sounds: Sequence[_Sound], encoded: Encoded) -> list[tuple[str, float]]:
        """The languages to decode in, and how sure they are. Raises EngineError for one the model does not know."""
        asked = [sound.task.language for sound in sounds]
        if all(asked) or not self._model.model.is_multilingual:
            return [(self.known_language(language), 1.0) for language in asked]
        detected = [
            _likeliest(ranked, sound)
            for ranked, sound in zip(self._model.model.detect_language(encoded.view), sounds, strict=True)
        ]
        return [
            (self.known_language(language), 1.0) if language else (token[2:-2], float(probability))
            for language, (token, probability) in zip(asked, detected, strict=True)
        ]

    @property
    def only_language(self) -> str:
        """The code of the language, where the model knows only one; otherwise empty."""
        return "" if self._model.model.is_multilingual else "en"

    def known_language(self, asked: str) -> str:
        """The code that the model has for a language such as en or pt-BR; English-only models hear English in all.

        Raises EngineError for one that the model does not know.
        """
        if self.only_language:
            return self.only_language
        code = asked.lower().replace("_", "-").partition("-")[0]
        if (
            code not in self._model.supported_languages
            or self._model.hf_tokenizer.token_to_id(f"<|{code}|>") is None
        ):
            raise EngineError(
                f"The model {self.name} does not know the language {asked[:20]!r}. "
                "Choose a code such as en, de or fr, or none to detect the language."
            )
        return code

    def _tokenizer(self, language: str) -> tuple[Any, tuple[int, ...]]:
        if language not in self._tokenizers:
            tokenizer = Tokenizer(
                self._model.hf_tokenizer,
                self._model.model.is_multilingual,
                task="transcribe",
                language=language,
            )
            self._tokenizers[language] = (tokenizer, get_suppressed_tokens(tokenizer, [-1]))
        return self._tokenizers[language]


def _goes_on(result: SearchResult, request: SearchRequest) -> bool:
    """Whether there are letters behind the prefix."""
    return any(
        character.isalnum() for character in request.tokenizer.decode(result.tokens[len(request.prefix) :])
    )


def _likeliest(ranked: Sequence[tuple[str, float]], sound: _Sound) -> tuple[str, float]:
    """The token of the language and its probability, those that are expected being likelier."""
    expected = {f"<|{language}|>" for language in sound.task.likely}
    times = max(1.0, EXPECTED_LANGUAGE * 100 / sound.frames)
    weighed = [(token, each * (times if token in expected else 1.0)) for token, each in ranked]
    token, weight = max(weighed, key=lambda pair: pair[1])
    return token, weight / sum(each for _, each in weighed)


def _frames(sound: _Sound) -> int:
    """How much a sound is decoded in: finals in the whole window, for in shorter ones models loop, or miss words."""
    silence = PARTIAL_SILENCE
    if sound.task.kind == "final":
        silence = WINDOW if sound.task.silence_ms is None else sound.task.silence_ms // 10
    return min(sound.frames + silence, WINDOW)


def _without_timestamps(request: SearchRequest) -> SearchRequest:
    return replace(request, prompt=[*request.prompt, request.tokenizer.no_timestamps])


def _sentence(error: Exception) -> str:
    return str(error).strip().rstrip(".").replace("\n", " ")[:300] or type(error).__name__
