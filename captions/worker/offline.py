"""From recorded sound to passages: the live path's ear, engine and filters, without a clock."""

from collections.abc import Iterable, Iterator

import numpy as np

from ..engines.base import Engine, Task
from ..speech.endpointing import EndpointSettings
from ..speech.events import Event, SpeechEnded
from ..speech.filter import accept_final
from ..speech.listener import MAX_PUSH_SECONDS, Listener
from ..speech.ring import Samples
from ..speech.types import SAMPLE_RATE, SAMPLES_PER_MS, join
from ..speech.vad import VadModel
from ..transcripts.export import Passage

# How sure the engine must be of the language of an utterance to hold on to it for the rest of the recording.
_LANGUAGE_CERTAINTY = 0.7
# A model takes sound that stops abruptly for the middle of a sentence.
_CLOSING_SILENCE = np.zeros(SAMPLE_RATE // 2, np.int16)


def transcribe(
    sound: Iterable[Samples | int],
    engine: Engine,
    vad: VadModel,
    endpoints: EndpointSettings,
    *,
    language: str = "",
) -> Iterator[Passage]:
    """One passage for each utterance, as soon as it has been heard.

    `sound` comes in pieces of mono 16 kHz samples; a number stands for so many samples that are missing. `language`
    empty detects it. Raises EngineError, and whatever `sound` raises.
    """
    listener = Listener(vad, endpoints)

    def passages(events: list[Event]) -> Iterator[Passage]:
        nonlocal language
        for event in events:
            if not isinstance(event, SpeechEnded):
                continue
            audio = listener.audio(event.start_sample, event.end_sample).astype(np.float32) / np.float32(
                32768
            )
            heard = engine.decode(audio, Task("final", language))
            accepted = accept_final(heard, event.voice)
            if accepted is None:
                continue
            if not language and accepted.language_probability >= _LANGUAGE_CERTAINTY:
                language = accepted.language
            words = tuple(word.shifted(event.start_sample // SAMPLES_PER_MS) for word in accepted.words)
            yield Passage(
                start_ms=words[0].start_ms,
                end_ms=words[-1].end_ms,
                text=join(words),
                words=words,
                confidence=accepted.confidence,
                language=accepted.language,
            )

    for piece in sound:
        if isinstance(piece, int):
            yield from passages(listener.skip(piece))
            continue
        for start in range(0, piece.size, MAX_PUSH_SECONDS * SAMPLE_RATE):
            yield from passages(listener.push(piece[start : start + MAX_PUSH_SECONDS * SAMPLE_RATE]))
    yield from passages(listener.push(_CLOSING_SILENCE))
    yield from passages(listener.flush())
