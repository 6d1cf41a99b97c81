"""From recorded sound to passages: the live path's ear, engine and filters, without a clock."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import cast

import numpy as np

from ..engines.base import Audio, Engine, ParallelEngine, Request, Task
from ..speech.endpointing import EndpointSettings
from ..speech.events import Event, SpeechEnded, Voice
from ..speech.filter import DEFAULTS, accept_final
from ..speech.listener import MAX_PUSH_SECONDS, Listener
from ..speech.ring import Samples
from ..speech.types import SAMPLE_RATE, SAMPLES_PER_MS, Hypothesis, join
from ..speech.vad import VadModel
from ..transcripts.export import Passage
from .packing import Pack, Utterance

BATCH = 8
"""How many sounds do well to be decoded together."""

# How sure the engine must be of the language of an utterance to hold on to it for the rest of the recording.
_LANGUAGE_CERTAINTY = 0.7
# Until then utterances are decoded one by one; but not for ever.
_MOST_UNCERTAIN = 5
# A model takes sound that stops abruptly for the middle of a sentence.
_CLOSING_SILENCE = np.zeros(SAMPLE_RATE // 2, np.int16)
# Sounds are padded to the longest of those that they are decoded with: among more of them better matches are found.
# Packs are all of about one length.
_BATCHES_AT_ONCE = 6
# Nobody who is speaking says nothing for so long.
_LONGEST_GAP_MS = 2_000

Heard = Callable[[int], None]


def transcribe(
    sound: Iterable[Samples | int],
    engine: Engine,
    vad: VadModel,
    endpoints: EndpointSettings,
    *,
    language: str = "",
    hotwords: tuple[str, ...] = (),
    batch: int = 1,
    packed: bool = False,
    heard: Heard = lambda ms: None,
) -> Iterator[Passage]:
    """One passage for each utterance, in the order in which they were said.

    `sound` comes in pieces of mono 16 kHz samples; a number stands for so many samples that are missing. `language`
    empty detects it. `batch` sounds of about one length are decoded together, by an engine that is a ParallelEngine;
    with 1 each passage comes as soon as it was said. A sound is an utterance, or with `packed` as many as fit into the
    model's window: less work, for a model that has learnt to hear several sentences at once. `heard` is told how much
    of the sound is done with, in milliseconds.
    Raises EngineError, and whatever `sound` raises.
    """
    listener = Listener(vad, endpoints)
    decoder = _Decoder(engine, language, hotwords, batch, packed, heard)

    def passages(events: list[Event]) -> Iterator[Passage]:
        for event in events:
            if isinstance(event, SpeechEnded):
                audio = listener.audio(event.start_sample, event.end_sample).astype(np.float32)
                audio /= np.float32(32768)
                yield from decoder.push(Utterance(event.start_sample // SAMPLES_PER_MS, audio, event.voice))
        if not decoder.waits and listener.open_utterance_start is None:
            heard(listener.clock_ms)

    for piece in _gathered(sound):
        yield from passages(listener.skip(piece) if isinstance(piece, int) else listener.push(piece))
    yield from passages(listener.push(_CLOSING_SILENCE))
    yield from passages(listener.flush())
    yield from decoder.flush()


def _gathered(sound: Iterable[Samples | int]) -> Iterator[Samples | int]:
    """The same in pieces that a listener takes, of a second where that can be: many windows at once are less work."""
    pieces: list[Samples] = []

    def gathered() -> Iterator[Samples]:
        if pieces:
            whole = np.concatenate(pieces)
            pieces.clear()
            for start in range(0, whole.size, MAX_PUSH_SECONDS * SAMPLE_RATE):
                yield whole[start : start + MAX_PUSH_SECONDS * SAMPLE_RATE]

    for piece in sound:
        if isinstance(piece, int):
            yield from gathered()
            yield piece
            continue
        pieces.append(piece)
        if sum(each.size for each in pieces) >= SAMPLE_RATE:
            yield from gathered()
    yield from gathered()


class _Decoder:
    """Gathers utterances until enough of them can be decoded together."""

    def __init__(
        self, engine: Engine, language: str, hotwords: tuple[str, ...], batch: int, packed: bool, heard: Heard
    ) -> None:
        self._engine = engine
        self._language = language
        self._hotwords = hotwords
        self._batch = batch
        self._packed = packed
        self._heard = heard
        self._uncertain = 0
        self._waiting: list[Pack] = []

    @property
    def waits(self) -> bool:
        """Whether something was said that is not decoded yet."""
        return bool(self._waiting)

    @property
    def _packing(self) -> bool:
        # In a sound of two languages one of them would be lost.
        return self._packed and bool(self._language)

    def push(self, utterance: Utterance) -> Iterator[Passage]:
        if self._packing and self._waiting and self._waiting[-1].has_room_for(utterance):
            self._waiting[-1] = self._waiting[-1].plus(utterance)
        else:
            self._waiting.append(Pack((utterance,)))
        full = len(self._waiting) - self._packing
        if full >= self._enough:
            yield from self._decode(full)

    def flush(self) -> Iterator[Passage]:
        """Decodes all that waits."""
        yield from self._decode(len(self._waiting))

    @property
    def _enough(self) -> int:
        """How many sounds are worth decoding."""
        if self._packing:
            return self._batch
        settled = bool(self._language) or self._uncertain >= _MOST_UNCERTAIN
        return self._batch * _BATCHES_AT_ONCE if self._batch > 1 and settled else 1

    def _decode(self, count: int) -> Iterator[Passage]:
        """Decodes the first sounds that wait."""
        packs, self._waiting = self._waiting[:count], self._waiting[count:]
        if not packs:
            return
        heard: list[tuple[Utterance, Hypothesis | None]] = []
        doubtful: list[int] = []
        started_ms = packs[0].utterances[0].start_ms
        task = Task("final", self._language, hotwords=self._hotwords)
        # A pack has full windows, behind which nothing comes that could hear what is left.
        hypotheses = self._decoded(
            [pack.audio for pack in packs],
            replace(task, timestamps=not self._packing),
            lambda done_ms: self._heard(started_ms + done_ms),
        )
        for pack, hypothesis in zip(packs, hypotheses, strict=True):
            for utterance, accepted in _accepted(pack, hypothesis):
                if len(pack.utterances) > 1 and _leaves_out(accepted, utterance.voice):
                    doubtful.append(len(heard))
                heard.append((utterance, accepted))
        # What a model misses among others it may hear alone.
        alone = [heard[number][0] for number in doubtful]
        for number, hypothesis in zip(doubtful, self._decoded([u.audio for u in alone], task), strict=True):
            utterance, among_others = heard[number]
            heard[number] = utterance, accept_final(hypothesis, utterance.voice) or among_others
        for utterance, accepted in heard:
            yield from self._passage(utterance, accepted)

    def _decoded(
        self, sounds: Sequence[Audio], task: Task, done: Heard = lambda ms: None
    ) -> list[Hypothesis]:
        """What was heard in each of the sounds. `done` is told how many milliseconds of them are decoded."""
        by_length = sorted(range(len(sounds)), key=lambda number: sounds[number].size)
        heard: dict[int, Hypothesis] = {}
        for start in range(0, len(by_length), self._batch):
            numbers = by_length[start : start + self._batch]
            requests = [Request(sounds[number], task) for number in numbers]
            if len(requests) == 1:
                found = [self._engine.decode(requests[0].audio, task)]
            else:
                found = cast(ParallelEngine, self._engine).decode_together(requests)
            heard.update(zip(numbers, found, strict=True))
            # Not in the order in which it was said, but so much of it.
            done(sum(sounds[number].size for number in heard) // SAMPLES_PER_MS)
        return [heard[number] for number in range(len(sounds))]

    def _passage(self, utterance: Utterance, accepted: Hypothesis | None) -> Iterator[Passage]:
        if not self._language:
            self._uncertain += 1
        if accepted is None:
            return
        if not self._language and accepted.language_probability >= _LANGUAGE_CERTAINTY:
            self._language = accepted.language
        words = accepted.shifted(utterance.start_ms)
        yield Passage(
            start_ms=words[0].start_ms,
            end_ms=words[-1].end_ms,
            text=join(words),
            words=words,
            confidence=accepted.confidence,
            language=accepted.language,
        )


def _accepted(pack: Pack, heard: Hypothesis) -> Iterator[tuple[Utterance, Hypothesis | None]]:
    """What to keep of each utterance; None where nothing was said, or nothing of it is to be believed."""
    # A loop hides what was said behind it.
    loops = len(pack.utterances) > 1 and heard.compression_ratio > DEFAULTS.compression_ratio
    for utterance, words in zip(pack.utterances, pack.parted(heard.words), strict=True):
        yield utterance, None if loops else accept_final(replace(heard, words=words), utterance.voice)


def _leaves_out(accepted: Hypothesis | None, voice: Voice) -> bool:
    """Whether something that was said seems to be missing."""
    if accepted is None:
        return True
    starts = [*(word.start_ms for word in accepted.words), voice.end_ms]
    ends = [voice.start_ms, *(word.end_ms for word in accepted.words)]
    return any(start - end > _LONGEST_GAP_MS for start, end in zip(starts, ends, strict=True))
