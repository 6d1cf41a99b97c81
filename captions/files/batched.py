"""From recorded sound to passages: the live path's ear, engine and filters, without a clock."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np

from ..engines.base import Audio, Engine, ParallelEngine, Request, Task
from ..speech.endpointing import EndpointSettings
from ..speech.events import Event, SpeechEnded, Voice
from ..speech.filter import accept_final
from ..speech.listener import MAX_PUSH_SECONDS, Listener
from ..speech.ring import Samples
from ..speech.types import SAMPLE_RATE, SAMPLES_PER_MS, Hypothesis, join
from ..speech.vad import VadModel
from ..transcripts.export import Passage

BATCH = 8
"""How many utterances do well to be decoded together."""

# How sure the engine must be of the language of an utterance to hold on to it for the rest of the recording.
_LANGUAGE_CERTAINTY = 0.7
# Until then utterances are decoded one by one; but not for ever.
_MOST_UNCERTAIN = 5
# A model takes sound that stops abruptly for the middle of a sentence.
_CLOSING_SILENCE = np.zeros(SAMPLE_RATE // 2, np.int16)
# Sounds are padded to the longest of those that they are decoded with: among more of them better matches are found.
_BATCHES_AT_ONCE = 6

Heard = Callable[[int], None]


@dataclass(frozen=True, slots=True, eq=False)
class _Utterance:
    """Sound that waits to be decoded, and where it begins on the recording's clock."""

    start_ms: int
    audio: Audio
    voice: Voice

    @property
    def length_ms(self) -> int:
        return self.audio.size // SAMPLES_PER_MS


def transcribe(
    sound: Iterable[Samples | int],
    engine: Engine,
    vad: VadModel,
    endpoints: EndpointSettings,
    *,
    language: str = "",
    hotwords: tuple[str, ...] = (),
    batch: int = 1,
    heard: Heard = lambda ms: None,
) -> Iterator[Passage]:
    """One passage for each utterance, in the order in which they were said.

    `sound` comes in pieces of mono 16 kHz samples; a number stands for so many samples that are missing. `language`
    empty detects it. `batch` utterances of about one length are decoded together, by an engine that is a
    ParallelEngine; with 1 each passage comes as soon as it was said. `heard` is told how much of the sound is done
    with, in milliseconds.
    Raises EngineError, and whatever `sound` raises.
    """
    listener = Listener(vad, endpoints)
    decoder = _Decoder(engine, language, hotwords, batch, heard)

    def passages(events: list[Event]) -> Iterator[Passage]:
        for event in events:
            if isinstance(event, SpeechEnded):
                audio = listener.audio(event.start_sample, event.end_sample).astype(np.float32)
                audio /= np.float32(32768)
                yield from decoder.push(_Utterance(event.start_sample // SAMPLES_PER_MS, audio, event.voice))
        if not decoder.waits and listener.open_utterance_start is None:
            heard(listener.clock_ms)

    for piece in sound:
        if isinstance(piece, int):
            yield from passages(listener.skip(piece))
            continue
        for start in range(0, piece.size, MAX_PUSH_SECONDS * SAMPLE_RATE):
            yield from passages(listener.push(piece[start : start + MAX_PUSH_SECONDS * SAMPLE_RATE]))
    yield from passages(listener.push(_CLOSING_SILENCE))
    yield from passages(listener.flush())
    yield from decoder.flush()


class _Decoder:
    """Gathers utterances until enough of them can be decoded together."""

    def __init__(
        self, engine: Engine, language: str, hotwords: tuple[str, ...], batch: int, heard: Heard
    ) -> None:
        self._engine = engine
        self._language = language
        self._hotwords = hotwords
        self._batch = batch
        self._heard = heard
        self._uncertain = 0
        self._waiting: list[_Utterance] = []

    @property
    def waits(self) -> bool:
        """Whether something was said that is not decoded yet."""
        return bool(self._waiting)

    def push(self, utterance: _Utterance) -> Iterator[Passage]:
        self._waiting.append(utterance)
        settled = bool(self._language) or self._uncertain >= _MOST_UNCERTAIN
        enough = self._batch * _BATCHES_AT_ONCE if self._batch > 1 and settled else 1
        if len(self._waiting) >= enough:
            yield from self.flush()

    def flush(self) -> Iterator[Passage]:
        """Decodes all that waits."""
        waiting, self._waiting = self._waiting, []
        by_length = sorted(range(len(waiting)), key=lambda number: waiting[number].audio.size)
        heard: dict[int, Hypothesis] = {}
        for start in range(0, len(by_length), self._batch):
            numbers = by_length[start : start + self._batch]
            heard.update(zip(numbers, self._decoded([waiting[n].audio for n in numbers]), strict=True))
            # Not in the order in which it was said, but so much of it.
            self._heard(waiting[0].start_ms + sum(waiting[number].length_ms for number in heard))
        for number, utterance in enumerate(waiting):
            yield from self._accepted(utterance, heard[number])

    def _decoded(self, sounds: list[Audio]) -> list[Hypothesis]:
        task = Task("final", self._language, hotwords=self._hotwords)
        if len(sounds) == 1:
            return [self._engine.decode(sounds[0], task)]
        return cast(ParallelEngine, self._engine).decode_together([Request(sound, task) for sound in sounds])

    def _accepted(self, utterance: _Utterance, heard: Hypothesis) -> Iterator[Passage]:
        accepted = accept_final(heard, utterance.voice)
        if not self._language:
            self._uncertain += 1
        if accepted is None:
            return
        if not self._language and accepted.language_probability >= _LANGUAGE_CERTAINTY:
            self._language = accepted.language
        words = tuple(word.shifted(utterance.start_ms) for word in accepted.words)
        yield Passage(
            start_ms=words[0].start_ms,
            end_ms=words[-1].end_ms,
            text=join(words),
            words=words,
            confidence=accepted.confidence,
            language=accepted.language,
        )
