"""Transcribes recorded sound in bounded memory: cuts it into windows, decodes these in batches, and makes rows."""

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from itertools import groupby
from operator import itemgetter

import numpy as np

from ...speech.endpointing import EndpointSettings
from ...speech.languages import Evidence, Languages
from ...speech.passage import Passage
from ...speech.ring import Samples
from ...speech.types import SAMPLE_RATE
from ...speech.vad import VadModel
from ..engine.base import Engine, Polyglot
from .hearing import Hearing, OnDecoded
from .rows import Rows
from .windows import Cutter, Window

BATCH = 8
"""Windows decoded together by an engine that can."""

_FIRST = 2

# Longest piece of sound that is processed at once; the shortest is a second.
_MOST_SECONDS = 5

# Voice that is enough to detect a language, and the pause after which there may be another one.
_STRETCH_MS = 3_000
_PAUSE_MS = 1_000

OnProgress = Callable[[int], None]


def transcribe(
    sound: Iterable[Samples | int],
    engine: Engine,
    vad: VadModel,
    endpoints: EndpointSettings,
    *,
    language: str = "",
    hotwords: tuple[str, ...] = (),
    prompt: str = "",
    translate: bool = False,
    batch: int = 1,
    on_progress: OnProgress = lambda ms: None,
    on_decoded: OnDecoded = lambda hypothesis: None,
) -> Iterator[Passage]:
    """Gives out one passage for each sentence, in order.

    `sound` has pieces of mono 16 kHz int16 samples, shape (n,); a number stands for that many missing samples. An empty
    `language` is detected. `prompt` is the text before the sound; with `translate` all text is English. With a `batch`
    above 1 the engine must be a ParallelEngine. `on_progress` is called with the milliseconds of sound that are
    finished, `on_decoded` with all that the engine answers. Raises EngineError, and whatever `sound` raises.
    """
    cutter = Cutter(vad, endpoints.threshold)
    decoder = _Decoder(
        engine,
        Hearing(engine, hotwords, batch, prompt=prompt, translate=translate, on_decoded=on_decoded),
        Rows(endpoints.silence_ms),
        language,
        batch,
        on_progress,
    )
    for piece in _gathered(sound):
        for window in cutter.skip(piece) if isinstance(piece, int) else cutter.push(piece):
            yield from decoder.push(window)
        if not decoder.waits and cutter.silent:
            on_progress(cutter.clock_ms)
    for window in cutter.flush():
        yield from decoder.push(window)
    yield from decoder.flush()


class _Decoder:
    """Collects windows into batches, decodes these, and makes passages."""

    def __init__(
        self, engine: Engine, hearing: Hearing, rows: Rows, language: str, batch: int, on_progress: OnProgress
    ) -> None:
        self._engine = engine
        self._hearing = hearing
        self._rows = rows
        self._languages = Languages()
        self._language = language
        self._batch = batch
        self._on_progress = on_progress
        self._waiting: list[Window] = []
        self._decoded = 0

    @property
    def waits(self) -> bool:
        """Whether windows wait for their batch to fill."""
        return bool(self._waiting)

    def push(self, window: Window) -> Iterator[Passage]:
        self._waiting.append(window)
        # The first batches are small, so that progress is visible soon.
        if len(self._waiting) >= min(self._batch, max(_FIRST, self._decoded)):
            yield from self._decode()

    def flush(self) -> Iterator[Passage]:
        """Decodes all that waits."""
        yield from self._decode()
        yield from self._rows.flush()

    def _decode(self) -> Iterator[Passage]:
        windows, self._waiting = self._waiting, []
        self._decoded += len(windows)
        spoken = self._spoken(windows)
        texts = self._hearing.hear([window for window, _ in spoken], [language for _, language in spoken])
        for (window, _), each in zip(spoken, texts, strict=True):
            yield from self._rows.push(each.words, window.voice, each.language)
            self._on_progress(window.end_ms)

    def _spoken(self, windows: list[Window]) -> list[tuple[Window, str]]:
        """The windows with their languages, divided where another language begins: a decode has only one language."""
        if self._language or not isinstance(self._engine, Polyglot):
            return [(window, self._language) for window in windows]
        found: list[tuple[Window, str]] = []
        for window in windows:
            parts = _phrases(window)
            probabilities = self._engine.languages([part.audio for part in parts])
            languages = self._languages.push(
                [Evidence(part.voiced_ms, p) for part, p in zip(parts, probabilities, strict=True)]
            )
            for language, group in groupby(zip(languages, parts, strict=True), key=itemgetter(0)):
                found.append((reduce(Window.joined, (part for _, part in group)), language))
        return found


def _phrases(window: Window) -> list[Window]:
    """Divides a window into parts with enough voice to detect the language; none reaches over a long pause."""
    found: list[Window] = []
    for part in window.parted():
        goes_on = found and found[-1].voiced_ms < _STRETCH_MS and part.start_ms - found[-1].end_ms < _PAUSE_MS
        found = [*found[:-1], found[-1].joined(part)] if goes_on else [*found, part]
    return found


def _gathered(sound: Iterable[Samples | int]) -> Iterator[Samples | int]:
    """The same sound in pieces of one second to `_MOST_SECONDS`; a piece before missing sound or the end is shorter."""
    pieces: list[Samples] = []

    def gathered() -> Iterator[Samples]:
        if pieces:
            whole = np.concatenate(pieces)
            pieces.clear()
            for start in range(0, whole.size, _MOST_SECONDS * SAMPLE_RATE):
                yield whole[start : start + _MOST_SECONDS * SAMPLE_RATE]

    for piece in sound:
        if isinstance(piece, int):
            yield from gathered()
            yield piece
            continue
        pieces.append(piece)
        if sum(each.size for each in pieces) >= SAMPLE_RATE:
            yield from gathered()
    yield from gathered()
