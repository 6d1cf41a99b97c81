"""The engine: whisper.cpp decodes on the processors of this machine."""

import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from ....speech.types import SAMPLE_RATE, SAMPLES_PER_MS, Hypothesis
from .. import limits
from ..base import Audio, EngineError, Request, Task
from ..cores import cores
from ..prompts import MOST_PROMPT_TOKENS, SPACELESS
from . import filters
from .model import Filter, Found, GgmlModel, Search
from .spelling import text_of, words_of

_FRAME = SAMPLE_RATE // 100
_SHORTEST = SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class _Sound:
    """A sound that is long enough, and what is asked about it."""

    audio: Audio
    task: Task
    length_ms: int
    """That of the sound itself."""

    @property
    def frames(self) -> int:
        return len(self.audio) // _FRAME


class WhisperCpp:
    """A model in ggml's format that `parallel` threads may use at once."""

    def __init__(self, path: str, *, name: str, cpu_threads: int = 0, parallel: int = 1) -> None:
        """Loads the model at `path` and decodes a second of silence, so that a broken one fails here.

        Each decode takes `cpu_threads`; 0 means all cores that this process may use. Raises EngineError.
        """
        self.name = name
        self.device = "cpu"
        self._parallel = parallel
        self._model = GgmlModel(path, threads=cpu_threads or cores(), parallel=parallel)
        self._suppressed = filters.no_speech(self._model.tokens)
        self.decode(np.zeros(SAMPLE_RATE, np.float32), Task("partial", language="en"))

    @property
    def only_language(self) -> str:
        """The code of the only language that the model knows; empty if it knows several."""
        return "" if self._model.is_multilingual else "en"

    def known_language(self, asked: str) -> str:
        """The model's code for a language such as en or pt-BR; always en for a model that knows only English.

        Raises EngineError for a language that the model does not know.
        """
        if self.only_language:
            return self.only_language
        code = asked.lower().replace("_", "-").partition("-")[0]
        if code not in self._model.languages:
            raise EngineError(
                f"The model {self.name} does not know the language {asked[:20]!r}. "
                "Choose a code such as en, de or fr, or none to detect the language."
            )
        return code

    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        sound = _sound(audio, task)
        if task.translate and self.only_language:
            raise EngineError(f"The model {self.name} knows only one language, so it cannot translate.")
        language, probability = self._language(sound)
        prefix = self._prefix(task.prefix, language)
        search = self._search(sound, language, prefix)
        found = self._model.search(sound.audio, search)
        if task.careful and task.kind == "partial":
            found = self._gone_on(sound, search, prefix, found)
        return self._hypothesis(sound, found, len(prefix), language, probability)

    def decode_together(self, requests: Sequence[Request]) -> list[Hypothesis]:
        """A hypothesis for each request, as many at once as threads may use the model."""
        with ThreadPoolExecutor(self._parallel) as callers:
            return list(callers.map(lambda each: self.decode(each.audio, each.task), requests))

    def languages(self, sounds: Sequence[Audio]) -> list[dict[str, float]]:
        """For each sound the probability, 0 to 1, of each language code; empty if the model knows only one language.

        Raises EngineError.
        """
        if self.only_language:
            return [{} for _ in sounds]
        task = Task("final", silence_ms=limits.LANGUAGE_SILENCE_MS)
        return [self._probabilities(_sound(each, task)) for each in sounds]

    def rehearse(self, seconds: float) -> None:
        """Does the work of decoding that many seconds of fluent speech. Raises EngineError.

        The sound is noise; the search is made to write as many tokens as speech would have.
        """
        noise = np.random.default_rng(0).normal(0, 0.05, round(seconds * SAMPLE_RATE)).astype(np.float32)
        sound = _sound(noise, Task("partial"))
        room = round(limits.SPOKEN_TOKENS_PER_SECOND * seconds)
        search = replace(
            self._search(sound, self.only_language or "en", ()),
            most_tokens=room,
            filter=filters.never([*self._suppressed, self._model.end]),
        )
        self._model.search(sound.audio, search)

    def _search(
        self, sound: _Sound, language: str, prefix: Sequence[int], *, goes_on: bool = False
    ) -> Search:
        task, seconds = sound.task, sound.frames / 100
        if task.kind == "final":
            room = limits.FINAL_TOKENS + int(limits.FINAL_TOKENS_PER_SECOND * seconds)
        else:
            new_seconds = seconds if task.new_ms is None else task.new_ms / 1000
            room = limits.PARTIAL_TOKENS + int(limits.PARTIAL_TOKENS_PER_SECOND * new_seconds)
        return Search(
            frames=limits.window_of(sound.frames, task),
            language=language,
            most_tokens=min(len(prefix) + min(room, limits.MOST_TOKENS), self._model.most_tokens),
            prompt=self._prompt(task),
            translate=task.translate,
            beam=limits.beam_of(task),
            temperature=task.temperature,
            filter=self._filter(task, prefix, goes_on=goes_on),
        )

    def _filter(self, task: Task, prefix: Sequence[int], *, goes_on: bool) -> Filter:
        chosen = [filters.never(self._suppressed)]
        if task.no_repeat:
            chosen.append(filters.no_repeat(task.no_repeat))
        if goes_on:
            chosen.append(filters.goes_on(len(prefix), self._model.end))
        if prefix:
            chosen.append(filters.begins_with(prefix))
        return filters.together(chosen)

    def _gone_on(self, sound: _Sound, search: Search, prefix: Sequence[int], found: Found) -> Found:
        """`found`, or if it ends with its prefix although voice follows, the likeliest text that goes on."""
        if not prefix or sound.task.voice_ms < limits.LEAST_VOICE_MS or _has_words(found, len(prefix)):
            return found
        further = self._filter(sound.task, prefix, goes_on=True)
        other = self._model.search(sound.audio, replace(search, beam=limits.QUICK_BEAM, filter=further))
        likely = _mean_log_probability(other, len(prefix)) >= limits.LEAST_LOG_PROBABILITY
        return other if likely and _has_words(other, len(prefix)) else found

    def _language(self, sound: _Sound) -> tuple[str, float]:
        """The code of the sound's language, chosen or detected, and its probability."""
        if sound.task.language or self.only_language:
            return self.known_language(sound.task.language), 1.0
        return limits.likeliest(self._probabilities(sound), sound.task.likely, sound.frames)

    def _probabilities(self, sound: _Sound) -> dict[str, float]:
        window = limits.window_of(sound.frames, sound.task)
        return self._model.language_probabilities(sound.audio, window)

    def _prompt(self, task: Task) -> tuple[int, ...]:
        """The tokens of the hotwords and of the end of the text before."""
        tokens: list[int] = []
        for word in filter(None, (" ".join(word.split()) for word in task.hotwords)):
            more = self._model.tokens(f", {word}" if tokens else f" {word}")
            if len(tokens) + len(more) > MOST_PROMPT_TOKENS:
                break
            tokens += more
        before = self._model.tokens(" " + task.prompt.strip()) if task.prompt.strip() else []
        room = MOST_PROMPT_TOKENS - len(tokens)
        return (*tokens, *before[max(0, len(before) - room) :])

    def _prefix(self, text: str, language: str) -> tuple[int, ...]:
        words = " ".join(text.split())
        if not words:
            return ()
        tokens = self._model.tokens(words if language in SPACELESS else " " + words)
        return tuple(tokens[: self._model.most_tokens - limits.PARTIAL_TOKENS])

    def _hypothesis(
        self, sound: _Sound, found: Found, prefix: int, language: str, probability: float
    ) -> Hypothesis:
        written = [token for token in found.tokens if token.number < self._model.end]
        text = text_of(written).strip()
        encoded = text.encode()
        return Hypothesis(
            words=words_of(written, language, sound.length_ms) if text else (),
            language=language,
            language_probability=probability,
            no_speech_probability=found.no_speech_probability,
            mean_log_probability=_mean_log_probability(found, prefix),
            compression_ratio=len(encoded) / len(zlib.compress(encoded)),
            writer=self.name,
        )


def _sound(audio: Audio, task: Task) -> _Sound:
    """Raises EngineError if it is too long."""
    if len(audio) > limits.LONGEST_SECONDS * SAMPLE_RATE:
        raise EngineError(
            f"The model takes {limits.LONGEST_SECONDS} s at once, not {len(audio) / SAMPLE_RATE:.1f} s."
        )
    short = max(0, _SHORTEST - len(audio))
    padded = np.pad(audio, (0, short)) if short else audio
    return _Sound(padded, task, len(padded) // SAMPLES_PER_MS)


def _has_words(found: Found, prefix: int) -> bool:
    """Whether there are letters or digits after the prefix."""
    return any(character.isalnum() for character in text_of(found.tokens[prefix:]))


def _mean_log_probability(found: Found, prefix: int) -> float:
    """Over the tokens after the prefix, of which the end is one."""
    new = found.tokens[prefix:]
    return sum(token.log_probability for token in new) / max(1, len(new))
