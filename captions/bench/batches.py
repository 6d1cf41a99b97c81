"""How long a file takes to be written down, beside the batched pipeline of faster-whisper on the same file."""

import os
import time
import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel

from ..engines import devices
from ..engines.base import Audio, EngineError, Kind, ParallelEngine, Request, Task, Wanted
from ..engines.local_whisper import BATCH_SILENCE, LocalWhisper
from ..engines.model_files import locate
from ..files.batched import BATCH, transcribe
from ..files.bounded import BoundedSound
from ..files.decoder import Wish
from ..files.media_error import MediaError
from ..speech.endpointing import EndpointSettings
from ..speech.types import SAMPLE_RATE, Hypothesis
from ..speech.vad import VadModel
from .errors import BenchError
from .shapes import PREFIX, WINDOW_TOKENS, folder_of

_LONGEST_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds of each pass over the file, from its first byte to its last word, those of the processor, and how many
    words came of it. The models were loaded before, and had heard some of it. Ratios are ours over theirs, of the
    medians."""

    audio_s: float
    ours_s: tuple[float, ...]
    theirs_s: tuple[float, ...]
    ours_cpu_s: tuple[float, ...]
    theirs_cpu_s: tuple[float, ...]
    ours_words: int
    theirs_words: int

    @property
    def ratio(self) -> float:
        return median(self.ours_s) / median(self.theirs_s)

    @property
    def cpu_ratio(self) -> float:
        """What a machine that does other things too can tell; nothing of use where a GPU does the work."""
        return median(self.ours_cpu_s) / median(self.theirs_cpu_s)


def measure(
    path: Path, wanted: Wanted, *, seconds: float, passes: int, language: str = "en", compute_type: str = ""
) -> Figures:
    """Both in turn, `passes` times, over the file said again and again until it lasts so many seconds.

    Both have the same model, device, arithmetic, threads, beam, batch and word times. Raises BenchError.
    """
    try:
        with ExitStack() as stack:
            long = stack.enter_context(_repeated(path, seconds))
            device = devices.default_device(wanted.device)
            arithmetic = compute_type or devices.default_compute_type(device)
            folder, packed = stack.enter_context(_folder(wanted))
            ours = _ours(
                folder, device, arithmetic, language, packed=packed, even=wanted.model.startswith(PREFIX)
            )
            theirs = _theirs(folder, device, arithmetic, language)
            for each in (ours, theirs):
                each(path)
            runs = [(_timed(ours, long), _timed(theirs, long)) for _ in range(passes)]
    except (EngineError, MediaError) as error:
        raise BenchError(str(error)) from error
    return Figures(
        audio_s=seconds,
        ours_s=tuple(each.wall_s for each, _ in runs),
        theirs_s=tuple(each.wall_s for _, each in runs),
        ours_cpu_s=tuple(each.cpu_s for each, _ in runs),
        theirs_cpu_s=tuple(each.cpu_s for _, each in runs),
        ours_words=runs[-1][0].words,
        theirs_words=runs[-1][1].words,
    )


@dataclass(frozen=True, slots=True)
class _Pass:
    wall_s: float
    cpu_s: float
    words: int


_Writes = Callable[[Path], int]


def _ours(folder: str, device: str, compute_type: str, language: str, *, packed: bool, even: bool) -> _Writes:
    engine: ParallelEngine = LocalWhisper(
        folder, name="bench", device=device, compute_type=compute_type, final_silence=BATCH_SILENCE
    )
    if even:
        engine = _Even(engine)
    vad = VadModel()

    def write(path: Path) -> int:
        with BoundedSound(Wish(str(path), path.name, _LONGEST_SECONDS)) as sound:
            passages = transcribe(
                sound.sound(),
                engine,
                vad,
                EndpointSettings(),
                language=language,
                batch=BATCH,
                packed=packed,
            )
            return sum(len(passage.words) for passage in passages)

    return write


def _theirs(folder: str, device: str, compute_type: str, language: str) -> _Writes:
    model = WhisperModel(
        folder,
        device=device,
        compute_type=compute_type,
        cpu_threads=devices.cores(),
        local_files_only=True,
    )
    pipeline = BatchedInferencePipeline(model)

    def write(path: Path) -> int:
        segments, _ = pipeline.transcribe(
            str(path), language=language, batch_size=BATCH, word_timestamps=True
        )
        return sum(len(segment.words or ()) for segment in segments)

    return write


def _timed(write: _Writes, path: Path) -> _Pass:
    started, busy = time.monotonic(), _cpu_s()
    words = write(path)
    return _Pass(round(time.monotonic() - started, 3), round(_cpu_s() - busy, 3), words)


def _cpu_s() -> float:
    """Of this process, and of those it has ended."""
    return sum(os.times()[:4])


@contextmanager
def _folder(wanted: Wanted) -> Iterator[tuple[str, bool]]:
    """Where the model is, and whether it hears many sentences at once."""
    if wanted.model.startswith(PREFIX):
        with folder_of(wanted.model, WINDOW_TOKENS) as folder:
            yield folder, True
    else:
        located = locate(wanted)
        yield located.path, located.packs


@contextmanager
def _repeated(path: Path, seconds: float) -> Iterator[Path]:
    """A file that says the other again and again."""
    with BoundedSound(Wish(str(path), str(path), _LONGEST_SECONDS)) as media:
        pieces = [np.zeros(p, np.int16) if isinstance(p, int) else p for p in media.sound()]
    sound: Any = np.concatenate(pieces)
    with TemporaryDirectory(prefix="bench-") as folder:
        long = Path(folder, "long.wav")
        with wave.open(str(long), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(np.resize(sound, round(seconds * SAMPLE_RATE)).astype("<i2").tobytes())
        yield long


class _Even(ParallelEngine):
    """A shape, whose words are where speech would have them: attention that has learnt nothing points anywhere."""

    def __init__(self, engine: ParallelEngine) -> None:
        self._engine = engine
        self.name = engine.name
        self.device = engine.device

    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        return self.decode_together([Request(audio, task)])[0]

    def decode_together(self, requests: Sequence[Request]) -> list[Hypothesis]:
        heard = self._engine.decode_together(requests)
        return [_even(each, request.audio) for each, request in zip(heard, requests, strict=True)]

    def rehearse(self, kind: Kind, seconds: float, batch: int = 1) -> None:
        self._engine.rehearse(kind, seconds, batch)


def _even(heard: Hypothesis, audio: Audio) -> Hypothesis:
    seconds = audio.size / SAMPLE_RATE
    words = heard.words[: max(1, round(WINDOW_TOKENS / 30 * seconds))]
    each = 1000 * seconds / len(words)
    return replace(
        heard,
        words=tuple(
            replace(word, start_ms=round(number * each), end_ms=round((number + 1) * each))
            for number, word in enumerate(words)
        ),
    )
