"""Whisper models in this process, through faster-whisper and CTranslate2."""

import json
import math
import zlib
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens, pad_or_trim

from ..speech.types import SAMPLE_RATE, Hypothesis
from . import devices
from .base import Audio, EngineError, Task
from .heard import Heard
from .word_times import Aligned, to_words

LONGEST_SECONDS = 30
SHORTEST_SECONDS = 1.0
# The hotwords and the text before share what the text itself leaves of the model's 448 tokens.
MOST_PROMPT_TOKENS = 200
MOST_TOKENS = 224
PARTIAL_TOKENS_PER_SECOND = 8
PARTIAL_TOKENS = 8
# Fast speech in the vocabulary of OpenAI's models, ordinary speech in a small one.
SPOKEN_TOKENS_PER_SECOND = 6

# While what was heard loops or is a guess it is decoded again, less greedily.
TEMPERATURES = (0.2, 0.4)
BEAM = 5

# What is written without a space before each word, and so before the first.
SPACELESS = ("zh", "ja", "th", "lo", "my", "yue")

WINDOW = 3000
# The silence after the sound that a final is given, in frames of 10 ms. Without any, some models do not stop writing;
# with all that the window holds, silence is most of the work: measured, the words are the same and four times quicker.
FINAL_SILENCE = 300
# No language has more tokens a second; what needs more is a loop.
FINAL_TOKENS_PER_SECOND = 20
FINAL_TOKENS = 24


class LocalWhisper:
    """A model in a folder, on one device. Not thread safe."""

    def __init__(
        self,
        path: str,
        *,
        name: str,
        device: str = "auto",
        compute_type: str = "",
        cpu_threads: int = 0,
        full_window: bool = False,
    ) -> None:
        """Loads the model at `path` and decodes a second of silence, so that what is broken shows now.

        `compute_type` empty means int8 on the CPU and float16 on CUDA, `cpu_threads` 0 every core this process may
        use. With `full_window` finals are always decoded in the model's whole window, else only where what was heard
        in a shorter one is strange. Raises EngineError.
        """
        self.name = name
        self._full_window = full_window
        self.device = devices.default_device(device)
        compute_type = compute_type or devices.default_compute_type(self.device)
        devices.check(self.device, compute_type)
        try:
            self._model = WhisperModel(
                path,
                device=self.device,
                compute_type=compute_type,
                cpu_threads=cpu_threads or devices.cores(),
                local_files_only=True,
            )
        except Exception as error:  # Each library below has exceptions of its own; all mean the same here.
            raise EngineError(
                f"The model in {path} cannot be loaded ({_sentence(error)}). "
                "Check the files, or set WHISPER_MODEL to another model."
            ) from error
        self._has_alignment_heads = _has_alignment_heads(path)
        self._tokenizers: dict[str, tuple[Any, tuple[int, ...]]] = {}
        silence = np.zeros(SAMPLE_RATE, np.float32)
        self.decode(silence, Task("partial", language="en"))

    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        if len(audio) > LONGEST_SECONDS * SAMPLE_RATE:
            raise EngineError(
                f"The model takes {LONGEST_SECONDS} s at once, not {len(audio) / SAMPLE_RATE:.1f} s."
            )
        try:
            return self._decode(audio, task)
        except (RuntimeError, ValueError) as error:
            raise self._failure(error) from error

    def rehearse(self, kind: Literal["partial", "final"], seconds: float) -> None:
        """Does the work of decoding that much fluent speech, for whoever measures how long it takes.

        Raises EngineError.
        """
        noise = np.random.default_rng(0).normal(0, 0.05, round(seconds * SAMPLE_RATE)).astype(np.float32)
        final = kind == "final"
        try:
            features = self._features(noise)
            encoded = self._model.encode(
                pad_or_trim(features, self._windows(features)[0]) if final else features
            )
            language, _ = self._language("", encoded)
            tokenizer, suppressed = self._tokenizer(language)
            heard = self._generate(
                encoded,
                [*tokenizer.sot_sequence, tokenizer.no_timestamps],
                tokenizer,
                # Whatever a model thinks of noise, it writes as much as it would of speech.
                (*suppressed, tokenizer.eot),
                max(1, round(SPOKEN_TOKENS_PER_SECOND * seconds)),
                BEAM if final else 1,
            )
            self._words(heard, encoded, features.shape[-1], tokenizer)
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

    def _windows(self, features: Any) -> tuple[int, ...]:
        """How many frames a final is decoded in, and in how many if what it came to is strange."""
        short = min(features.shape[-1] + FINAL_SILENCE, WINDOW)
        return (WINDOW,) if self._full_window or short == WINDOW else (short, WINDOW)

    def _decode(self, audio: Audio, task: Task) -> Hypothesis:
        features = self._features(audio)
        frames = features.shape[-1]
        windows = self._windows(features) if task.kind == "final" else (frames,)
        encoded = self._model.encode(pad_or_trim(features, windows[0]))
        language, language_probability = self._language(task.language, encoded)
        tokenizer, suppressed = self._tokenizer(language)
        prompt, prefix = _prompt(tokenizer, task), _prefix(tokenizer, task.prefix)
        seconds = frames / self._model.frames_per_second
        if task.kind == "final":
            for window in windows:
                if window != windows[0]:
                    encoded = self._model.encode(pad_or_trim(features, window))
                heard = self._final(
                    encoded, seconds, prompt, prefix, tokenizer, suppressed, window == windows[-1]
                )
                if not heard.strange:
                    break
        else:
            room = PARTIAL_TOKENS + int(PARTIAL_TOKENS_PER_SECOND * seconds)
            # Without timestamps: on a cropped spectrogram they cost words.
            heard = self._generate(
                encoded, [*prompt, tokenizer.no_timestamps], tokenizer, suppressed, room, prefix=prefix
            )
        return Hypothesis(
            words=self._words(heard, encoded, frames, tokenizer),
            language=language,
            language_probability=language_probability,
            no_speech_probability=heard.no_speech_probability,
            mean_log_probability=heard.mean_log_probability,
            compression_ratio=heard.compression_ratio,
        )

    def _final(
        self,
        encoded: Any,
        seconds: float,
        prompt: list[int],
        prefix: list[int],
        tokenizer: Any,
        suppressed: tuple[int, ...],
        last: bool,
    ) -> Heard:
        """The best of as many searches as it takes; chance is left for the last window."""
        room = min(MOST_TOKENS, FINAL_TOKENS + int(FINAL_TOKENS_PER_SECOND * seconds))

        def attempt(prompt: list[int], temperature: float = 0.0) -> Heard:
            return self._generate(encoded, prompt, tokenizer, suppressed, room, BEAM, temperature, prefix)

        if prefix:
            # A text that begins within a prompt has no timestamps.
            prompt = [*prompt, tokenizer.no_timestamps]
        tries = [attempt(prompt)]
        if not prefix and (tries[0].unsure or tries[0].cut_off):
            tries.append(attempt([*prompt, tokenizer.no_timestamps]))
        for temperature in TEMPERATURES if last else ():
            if any(not heard.doubtful for heard in tries):
                break
            tries.append(attempt(prompt, temperature))
        return max(tries, key=lambda heard: (not heard.loops, not heard.cut_off, heard.mean_log_probability))

    def _generate(
        self,
        encoded: Any,
        prompt: list[int],
        tokenizer: Any,
        suppressed: tuple[int, ...],
        most_tokens: int,
        beam: int = 1,
        temperature: float = 0.0,
        prefix: Sequence[int] = (),
    ) -> Heard:
        """`most_tokens` may come after those of the `prefix`, which the text is made to begin with."""
        search: dict[str, Any] = {"beam_size": beam}
        if temperature:
            search = {
                "beam_size": 1,
                "num_hypotheses": beam,
                "sampling_topk": 0,
                "sampling_temperature": temperature,
            }
        room = len(prefix) + most_tokens
        result = self._model.model.generate(
            encoded,
            [[*prompt, *prefix]],
            # CTranslate2 gives half of max_length to the text, its prefix included, and less where the prompt is
            # longer than that.
            max_length=min(self._model.max_length, max(2 * room, len(prompt) + room)),
            suppress_tokens=list(suppressed),
            # No text begins with its end, but one may end with its prefix.
            suppress_blank=not prefix,
            return_scores=True,
            return_no_speech_prob=True,
            **search,
        )[0]
        tokens = list(result.sequences_ids[0])
        text = tokenizer.decode(tokens).strip()
        written = text.encode()
        return Heard(
            tokens=tokens,
            text=text,
            # The score is a mean over the tokens, those of the prefix being certain; the end counts as one more.
            mean_log_probability=float(result.scores[0])
            * len(tokens)
            / (max(0, len(tokens) - len(prefix)) + 1),
            no_speech_probability=float(result.no_speech_prob),
            compression_ratio=len(written) / len(zlib.compress(written)),
            cut_off=len(tokens) >= min(room, self._model.max_length // 2),
        )

    def _words(self, heard: Heard, encoded: Any, frames: int, tokenizer: Any) -> tuple[Any, ...]:
        text = [token for token in heard.tokens if token < tokenizer.eot]
        if not tokenizer.decode(text).strip():
            return ()
        marks = [
            round((token - tokenizer.timestamp_begin) * self._model.time_precision * 1000)
            for token in heard.tokens
            if token >= tokenizer.timestamp_begin
        ]
        length_ms = frames * 1000 // self._model.frames_per_second
        return to_words(
            self._aligned(text, encoded, frames, tokenizer) or _spread(text, heard, tokenizer, length_ms),
            length_ms,
            first_ms=marks[0] if marks else None,
            last_ms=marks[-1] if len(marks) > 1 else None,
        )

    def _aligned(self, text: list[int], encoded: Any, frames: int, tokenizer: Any) -> list[Aligned]:
        """The words where the model's attention points; none where it cannot be followed."""
        if not self._has_alignment_heads:
            return []
        try:
            found = self._model.find_alignment(tokenizer, [text], encoded, frames)[0]
        except IndexError:
            # faster-whisper does so where the attention has no path through all of a strange text.
            return []
        return [
            Aligned(
                word["word"],
                round(float(word["start"]) * 1000),
                round(float(word["end"]) * 1000),
                float(word["probability"]),
            )
            for word in found
        ]

    def _language(self, asked: str, encoded: Any) -> tuple[str, float]:
        """The language to decode in, and how sure that is. Raises EngineError for one the model does not know."""
        if asked or not self._model.model.is_multilingual:
            return self.known_language(asked), 1.0
        token, probability = self._model.model.detect_language(encoded)[0][0]
        return token[2:-2], float(probability)

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


def _prompt(tokenizer: Any, task: Task) -> list[int]:
    """What the model is told to have written before: the hotwords, then the end of the text before."""
    hotwords = _hotwords(tokenizer, task.hotwords)
    room = MOST_PROMPT_TOKENS - len(hotwords)
    before = tokenizer.encode(" " + task.prompt.strip()) if task.prompt.strip() else []
    told = [*hotwords, *before[max(0, len(before) - room) :]]
    return [*([tokenizer.sot_prev, *told] if told else []), *tokenizer.sot_sequence]


def _prefix(tokenizer: Any, text: str) -> list[int]:
    words = " ".join(text.split())
    if not words:
        return []
    tokens: list[int] = tokenizer.encode(words if tokenizer.language_code in SPACELESS else " " + words)
    return tokens


def _hotwords(tokenizer: Any, words: tuple[str, ...]) -> list[int]:
    """As many of the words as there is room for, none of them cut."""
    tokens: list[int] = []
    for word in filter(None, (" ".join(word.split()) for word in words)):
        more = tokenizer.encode(f", {word}" if tokens else f" {word}")
        if len(tokens) + len(more) > MOST_PROMPT_TOKENS:
            break
        tokens += more
    return tokens


def _spread(text: list[int], heard: Heard, tokenizer: Any, length_ms: int) -> list[Aligned]:
    """The words all over the sound, by the length of their text, each as likely as the whole."""
    words, _ = tokenizer.split_to_word_tokens(text)
    ends = list(accumulate(len(word) for word in words))
    probability = math.exp(heard.mean_log_probability)
    return [
        Aligned(word, length_ms * (end - len(word)) // ends[-1], length_ms * end // ends[-1], probability)
        for word, end in zip(words, ends, strict=True)
    ]


def _has_alignment_heads(path: str) -> bool:
    """Whether the converter wrote down which attention shows where words are; early ones did not."""
    try:
        return bool(json.loads((Path(path) / "config.json").read_bytes()).get("alignment_heads"))
    except (OSError, ValueError, AttributeError):
        return False


def _sentence(error: Exception) -> str:
    return str(error).strip().rstrip(".").replace("\n", " ")[:300] or type(error).__name__
