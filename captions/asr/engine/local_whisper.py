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
from .limits import (
    FINAL_TOKENS,
    FINAL_TOKENS_PER_SECOND,
    LANGUAGE_SILENCE_MS,
    LEAST_LOG_PROBABILITY,
    LEAST_VOICE_MS,
    LONGEST_SECONDS,
    MOST_TOKENS,
    PARTIAL_TOKENS,
    PARTIAL_TOKENS_PER_SECOND,
    QUICK_BEAM,
    SPOKEN_TOKENS_PER_SECOND,
    beam_of,
    likeliest,
    window_of,
)
from .prompts import SPACELESS, prefix_of, prompt_of
from .search import SearchOptions, SearchRequest, search
from .search_result import SearchResult

SHORTEST_SECONDS = 1.0
MARKS, SPACELESS_MARKS = (".", ","), ("。", "、")


@dataclass(frozen=True, slots=True)
class _Sound:
    """A spectrogram, shape (mel bands, frames) with 100 frames a second, and how to decode it."""

    features: Any
    task: Task

    @property
    def frames(self) -> int:
        return int(self.features.shape[-1])


class LocalWhisper:
    """A Whisper model on one device that `parallel` threads may use at once."""

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
        """Loads the model at `path` and decodes a second of silence, so that a broken one fails here.

        An empty `compute_type` means int8 on the CPU and float16 on CUDA. Each decode takes `cpu_threads`; 0 means all
        cores that this process may use. Raises EngineError.
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
        self._tokenizers: dict[tuple[str, bool], tuple[Any, tuple[int, ...]]] = {}
        silence = np.zeros(SAMPLE_RATE, np.float32)
        self.decode(silence, Task("partial", language="en"))

    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        return self.decode_together([Request(audio, task)])[0]

    def decode_together(self, requests: Sequence[Request]) -> list[Hypothesis]:
        """A hypothesis for each request. All must have the same kind, `careful`, `temperature` and `no_repeat`.

        It is efficient for sounds of similar length, as they are padded to the longest. If their prompts have different
        lengths, or only some have a prefix, the searches run one after the other. Raises EngineError, and ValueError
        for requests that differ.
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
        """For each sound the probability, 0 to 1, of each language code; empty if the model knows only one language.

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
        return [_by_code(ranked) for ranked in found]

    def rehearse(self, seconds: float) -> None:
        """Does the work of decoding that many seconds of fluent speech. Raises EngineError.

        The sound is noise; the search is made to write as many tokens as speech would have.
        """
        noise = np.random.default_rng(0).normal(0, 0.05, round(seconds * SAMPLE_RATE)).astype(np.float32)
        try:
            sound = _Sound(self._features(noise), Task("partial"))
            encoded = self._encode([sound], _frames(sound))
            language, _ = self._languages([sound], encoded)[0]
            tokenizer, suppressed = self._tokenizer(language)
            # Tokens of a prefix take as long as new ones, so none is needed here.
            room = round(SPOKEN_TOKENS_PER_SECOND * seconds)
            request = SearchRequest(tokenizer, [*tokenizer.sot_sequence, tokenizer.no_timestamps], [], room)
            options = SearchOptions(QUICK_BEAM, suppressed=(*suppressed, tokenizer.eot))
            result = search(self._model, encoded, [request], options)[0]
            self._attention.words(encoded, [DecodedText(result, tokenizer, sound.frames)])
        except (RuntimeError, ValueError) as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> EngineError:
        """The EngineError for what CTranslate2 raised."""
        hint = (
            " Set WHISPER_DEVICE=cpu, or install the CUDA libraries that CTranslate2 needs."
            if self.device == "cuda"
            else ""
        )
        # A failed device often works again in a new process; a wrong value stays wrong.
        retryable = isinstance(error, RuntimeError)
        return EngineError(
            f"The model {self.name} cannot decode ({_sentence(error)}).{hint}", retryable=retryable
        )

    def _features(self, audio: Audio) -> Any:
        """The log-mel spectrogram, shape (mel bands, frames) with 100 frames a second; at least one second long."""
        short = int(SHORTEST_SECONDS * SAMPLE_RATE) - len(audio)
        padded = np.pad(audio, (0, short)) if short > 0 else audio
        # The last frame is padding; with it 30 s would not fit into the model's window.
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
                writer=self.name,
            )
            for words_of_one, (language, probability), result in zip(words, languages, results, strict=True)
        ]

    def _request(self, sound: _Sound, language: str) -> SearchRequest:
        tokenizer, _ = self._tokenizer(language, translate=sound.task.translate)
        task, seconds = sound.task, sound.frames / self._model.frames_per_second
        prompt, prefix = prompt_of(tokenizer, task), prefix_of(tokenizer, task.prefix)
        if task.kind == "final":
            room = min(MOST_TOKENS, FINAL_TOKENS + int(FINAL_TOKENS_PER_SECOND * seconds))
        else:
            new_seconds = seconds if task.new_ms is None else task.new_ms / 1000
            room = min(MOST_TOKENS, PARTIAL_TOKENS + int(PARTIAL_TOKENS_PER_SECOND * new_seconds))
        request = SearchRequest(tokenizer, prompt, prefix, room)
        # With timestamps words are lost in a spectrogram shorter than 30 s, and a prefix has none before it.
        bare = prefix or task.kind == "partial" or not task.timestamps
        return _without_timestamps(request) if bare else request

    def _searches(
        self, encoded: Encoded, requests: Sequence[SearchRequest], task: Task
    ) -> list[SearchResult]:
        """The result of a search in each sound, all in one search if their requests are alike."""
        _, suppressed = self._tokenizer(requests[0].tokenizer.language_code)
        options = SearchOptions(beam_of(task), task.temperature, task.no_repeat, suppressed)
        if len({each.alike for each in requests}) == 1:
            return search(self._model, encoded, requests, options)
        return [
            search(self._model, encoded.only(number), [each], options)[0]
            for number, each in enumerate(requests)
        ]

    def _gone_on(
        self, encoded: Encoded, result: SearchResult, sound: _Sound, request: SearchRequest
    ) -> SearchResult:
        """`result`, or if it ends with its prefix although voice follows, the likeliest text that goes on.

        After a prefix without punctuation a model tends to write a full stop and end. So it is searched again with each
        mark added to the prefix, and once with the marks suppressed.
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
        """The code of each sound's language, chosen or detected, and its probability.

        Raises EngineError for a language that the model does not know.
        """
        asked = [sound.task.language for sound in sounds]
        if all(asked) or not self._model.model.is_multilingual:
            return [(self.known_language(language), 1.0) for language in asked]
        detected = [
            likeliest(_by_code(ranked), sound.task.likely, sound.frames)
            for ranked, sound in zip(self._model.model.detect_language(encoded.view), sounds, strict=True)
        ]
        return [
            (self.known_language(language), 1.0) if language else found
            for language, found in zip(asked, detected, strict=True)
        ]

    @property
    def only_language(self) -> str:
        """The code of the only language that the model knows; empty if it knows several."""
        return "" if self._model.model.is_multilingual else "en"

    def known_language(self, asked: str) -> str:
        """The model's code for a language such as en or pt-BR; always en for a model that knows only English.

        Raises EngineError for a language that the model does not know.
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

    def _tokenizer(self, language: str, *, translate: bool = False) -> tuple[Any, tuple[int, ...]]:
        """Raises EngineError where the model cannot translate."""
        if translate and self.only_language:
            raise EngineError(f"The model {self.name} knows only one language, so it cannot translate.")
        key = (language, translate)
        if key not in self._tokenizers:
            tokenizer = Tokenizer(
                self._model.hf_tokenizer,
                self._model.model.is_multilingual,
                task="translate" if translate else "transcribe",
                language=language,
            )
            self._tokenizers[key] = (tokenizer, get_suppressed_tokens(tokenizer, [-1]))
        return self._tokenizers[key]


def _goes_on(result: SearchResult, request: SearchRequest) -> bool:
    """Whether there are letters or digits after the prefix."""
    return any(
        character.isalnum() for character in request.tokenizer.decode(result.tokens[len(request.prefix) :])
    )


def _by_code(ranked: Sequence[tuple[str, float]]) -> dict[str, float]:
    """The probabilities of languages by their codes, which their tokens enclose."""
    return {token[2:-2]: float(probability) for token, probability in ranked}


def _frames(sound: _Sound) -> int:
    """Length of a sound with the silence after it, in frames of 10 ms."""
    return window_of(sound.frames, sound.task)


def _without_timestamps(request: SearchRequest) -> SearchRequest:
    return replace(request, prompt=[*request.prompt, request.tokenizer.no_timestamps])


def _sentence(error: Exception) -> str:
    return str(error).strip().rstrip(".").replace("\n", " ")[:300] or type(error).__name__
