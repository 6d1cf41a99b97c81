"""Whisper models in this process, through faster-whisper and CTranslate2."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens, pad_or_trim

from ..speech.types import SAMPLE_RATE, Hypothesis
from . import devices
from .attention import Attention, Written
from .base import Audio, EngineError, Kind, Request, Task
from .encoded import Encoded
from .heard import Heard
from .prompts import prefix_of, prompt_of
from .search import Manner, Told, search

LONGEST_SECONDS = 30
SHORTEST_SECONDS = 1.0
MOST_TOKENS = 224
PARTIAL_TOKENS_PER_SECOND = 8
PARTIAL_TOKENS = 8
# Fast speech in the vocabulary of OpenAI's models, ordinary speech in a small one.
SPOKEN_TOKENS_PER_SECOND = 6

# While what was heard loops or is a guess it is decoded again, less greedily.
TEMPERATURES = (0.2, 0.4)
BEAM = 5

WINDOW = 3000
# The silence after the sound that a partial is given, in frames of 10 ms. Where sound stops within a word models go on
# by themselves: measured, the demo model invents six words a partial without silence, and half a one with it.
PARTIAL_SILENCE = 50
# That of a final. Without any, some models do not stop writing; with all that the window holds, silence is most of the
# work: measured, the words are the same and four times quicker.
FINAL_SILENCE = 300
# That of a final that is decoded with others: they are padded to the longest, so that most have more. Measured, the
# words of a file are the same, and a fifth of the work is saved.
BATCH_SILENCE = 150

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
        full_window: bool = False,
        final_silence: int = FINAL_SILENCE,
    ) -> None:
        """Loads the model at `path` and decodes a second of silence, so that what is broken shows now.

        `compute_type` empty means int8 on the CPU and float16 on CUDA; `cpu_threads` are those of each caller, 0 every
        core this process may use. With `full_window` finals are always decoded in the model's whole window, else only
        where what was heard in a shorter one, with `final_silence` frames after the sound, is strange. Raises
        EngineError.
        """
        self.name = name
        self._full_window = full_window
        self._final_silence = final_silence
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
        """As `decode` for each of them. All are of one kind.

        It pays for sounds of about one length, for they are padded to the longest. Where some are told more than
        others before their text, or only some have a prefix, the searches are done one after the other.
        """
        if len({request.task.kind for request in requests}) > 1:
            raise ValueError("Partials and finals are not decoded together.")
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

    def rehearse(self, kind: Kind, seconds: float, batch: int = 1) -> None:
        """Does the work of decoding that much fluent speech, `batch` times together.

        Whatever a model thinks of the sound that it is given here, it writes as much as it would of speech.
        Raises EngineError.
        """
        noise = np.random.default_rng(0).normal(0, 0.05, round(seconds * SAMPLE_RATE)).astype(np.float32)
        final = kind == "final"
        try:
            sounds = [_Sound(self._features(noise), Task(kind)) for _ in range(batch)]
            encoded = self._encode(sounds, self._windows(sounds[0])[0])
            language, _ = self._languages(sounds, encoded)[0]
            tokenizer, suppressed = self._tokenizer(language)
            room = max(1, round(SPOKEN_TOKENS_PER_SECOND * seconds))
            told = Told(tokenizer, [*tokenizer.sot_sequence, tokenizer.no_timestamps], [], room)
            manner = Manner(BEAM if final else 1, suppressed=(*suppressed, tokenizer.eot))
            heard = search(self._model, encoded, [told] * batch, manner)
            encoded.only(batch - 1)  # Finals need that.
            self._attention.words(
                encoded,
                [Written(each, tokenizer, sound.frames) for each, sound in zip(heard, sounds, strict=True)],
            )
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

    def _windows(self, sound: _Sound) -> tuple[int, ...]:
        """How many frames a sound is decoded in, and a final in how many if what it came to is strange."""
        if sound.task.kind == "partial":
            return (min(sound.frames + PARTIAL_SILENCE, WINDOW),)
        short = min(sound.frames + self._final_silence, WINDOW)
        return (WINDOW,) if self._full_window or short == WINDOW else (short, WINDOW)

    def _encode(self, sounds: Sequence[_Sound], frames: int) -> Encoded:
        features = np.stack([pad_or_trim(sound.features, frames) for sound in sounds])
        return Encoded(self._model.encode(features), len(sounds), frames)

    def _decode(self, sounds: Sequence[_Sound]) -> list[Hypothesis]:
        encoded = self._encode(sounds, max(self._windows(sound)[0] for sound in sounds))
        languages = self._languages(sounds, encoded)
        told = [self._told(sound, language) for sound, (language, _) in zip(sounds, languages, strict=True)]
        searched = self._searches(encoded, told, sounds[0].task.kind)
        if sounds[0].task.kind == "final":
            best = [
                self._best(encoded.only(number), heard, sound, told[number])
                for number, (heard, sound) in enumerate(zip(searched, sounds, strict=True))
            ]
        else:
            best = [(encoded, heard) for heard in searched]
        written = [
            Written(heard, each.tokenizer, sound.frames)
            for (_, heard), each, sound in zip(best, told, sounds, strict=True)
        ]
        if all(where.frames == encoded.frames for where, _ in best):
            words = self._attention.words(encoded, written)
        else:
            words = [
                self._attention.words(where, [each])[0]
                for (where, _), each in zip(best, written, strict=True)
            ]
        return [
            Hypothesis(
                words=words_of_one,
                language=language,
                language_probability=probability,
                no_speech_probability=heard.no_speech_probability,
                mean_log_probability=heard.mean_log_probability,
                compression_ratio=heard.compression_ratio,
            )
            for words_of_one, (language, probability), (_, heard) in zip(words, languages, best, strict=True)
        ]

    def _told(self, sound: _Sound, language: str) -> Told:
        tokenizer, _ = self._tokenizer(language)
        task, seconds = sound.task, sound.frames / self._model.frames_per_second
        prompt, prefix = prompt_of(tokenizer, task), prefix_of(tokenizer, task.prefix)
        if task.kind == "final":
            room = min(MOST_TOKENS, FINAL_TOKENS + int(FINAL_TOKENS_PER_SECOND * seconds))
        else:
            room = PARTIAL_TOKENS + int(PARTIAL_TOKENS_PER_SECOND * seconds)
        told = Told(tokenizer, prompt, prefix, room)
        # On a cropped spectrogram timestamps cost words, and none come before a prefix.
        bare = prefix or task.kind == "partial" or not task.timestamps
        return _without_timestamps(told) if bare else told

    def _searches(
        self, encoded: Encoded, told: Sequence[Told], kind: Kind, temperature: float = 0.0
    ) -> list[Heard]:
        """One search for each of the sounds, together where that can be."""
        _, suppressed = self._tokenizer(told[0].tokenizer.language_code)
        manner = Manner(BEAM if kind == "final" else 1, temperature, suppressed)
        if len({each.alike for each in told}) == 1:
            return search(self._model, encoded, told, manner)
        return [
            search(self._model, encoded.only(number), [each], manner)[0] for number, each in enumerate(told)
        ]

    def _best(self, encoded: Encoded, heard: Heard, sound: _Sound, told: Told) -> tuple[Encoded, Heard]:
        """The best of as many searches as a final takes, the first of them done; and the window it was found in."""
        windows = self._windows(sound)
        best = self._best_in(encoded, heard, told, last=len(windows) == 1)
        if not best.strange or len(windows) == 1:
            return encoded, best
        encoded = self._encode([sound], windows[1])
        heard = self._searches(encoded, [told], "final")[0]
        return encoded, self._best_in(encoded, heard, told, last=True)

    def _best_in(self, encoded: Encoded, first: Heard, told: Told, *, last: bool) -> Heard:
        """The best of the searches in one window; chance is left for the last one."""
        tries = [first]
        if told.tokenizer.no_timestamps not in told.prompt and (first.unsure or first.cut_off):
            tries += self._searches(encoded, [_without_timestamps(told)], "final")
        for temperature in TEMPERATURES if last else ():
            if any(not heard.doubtful for heard in tries):
                break
            tries += self._searches(encoded, [told], "final", temperature)
        return max(tries, key=lambda heard: (not heard.loops, not heard.cut_off, heard.mean_log_probability))

    def _languages(self, sounds: Sequence[_Sound], encoded: Encoded) -> list[tuple[str, float]]:
        """The languages to decode in, and how sure they are. Raises EngineError for one the model does not know."""
        asked = [sound.task.language for sound in sounds]
        if all(asked) or not self._model.model.is_multilingual:
            return [(self.known_language(language), 1.0) for language in asked]
        detected = [ranked[0] for ranked in self._model.model.detect_language(encoded.view)]
        return [
            (self.known_language(language), 1.0) if language else (token[2:-2], float(probability))
            for language, (token, probability) in zip(asked, detected, strict=True)
        ]

    def known_language(self, asked: str) -> str:
        """The code that the model has for a language such as en or pt-BR; English-only models hear English in all.

        Raises EngineError for one that the model does not know.
        """
        if not self._model.model.is_multilingual:
            return "en"
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


def _without_timestamps(told: Told) -> Told:
    return replace(told, prompt=[*told.prompt, told.tokenizer.no_timestamps])


def _sentence(error: Exception) -> str:
    return str(error).strip().rstrip(".").replace("\n", " ")[:300] or type(error).__name__
