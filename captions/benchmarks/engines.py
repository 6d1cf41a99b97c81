"""Measures the engines of this machine beside each other: each in a process of its own, all in turn."""

import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from ..asr.engine.base import EngineError, ParallelEngine, Wanted
from ..asr.engine.choice import EngineChoice, files_of, whisper
from ..asr.offline.batched import transcribe
from ..speech.capacity import Cost, Slots, room, share
from ..speech.endpointing import EndpointSettings
from ..speech.vad import VadModel
from .corpus import Recording
from .errors import BenchError
from .scoring import pooled_errors, word_errors

LENGTHS = (4.0, 8.0)
"""Seconds of sound in the live decodes that are timed; most are between these."""


@dataclass(frozen=True, slots=True)
class Board:
    """A machine whose cores take `slower` times as long as one of this machine."""

    cores: int
    slower: float


def measure(
    recordings: Sequence[Recording],
    contenders: dict[str, Wanted],
    endpoints: EndpointSettings,
    *,
    passes: int,
    board: Board,
    say: Callable[[str], None],
) -> dict[str, dict[str, Any]]:
    """Each recording is written down by each contender, on one thread, before the next one is. Raises BenchError.

    `board_places` is how many dictations a board keeps up with, by the processor time of its live decodes.
    """
    with _processes(contenders) as processes:
        loaded = {name: _answer(process) for name, process in processes.items()}
        files: dict[str, list[tuple[str, float, float]]] = {name: [] for name in contenders}
        for recording in recordings:
            say(recording.name)
            for name, process in processes.items():
                process.send(("file", recording.sound, recording.language, endpoints))
                files[name].append(_answer(process))
        lives: dict[str, list[list[float]]] = {name: [] for name in contenders}
        for _ in range(passes):
            for name, process in processes.items():
                process.send(("live",))
                lives[name].append(_answer(process))
        seconds = sum(each.seconds for each in recordings)
        found = {}
        for name, process in processes.items():
            process.send(("memory",))
            errors = pooled_errors(
                word_errors(each.text, text, each.language)
                for each, (text, _, _) in zip(recordings, files[name], strict=True)
            )
            live = [min(each) for each in zip(*lives[name], strict=True)]
            slow = [Cost(length, cpu * board.slower) for length, cpu in zip(LENGTHS, live, strict=True)]
            slots = Slots(board.cores, 1, board.cores)
            found[name] = {
                "word_errors": errors.rate,
                "words": errors.total,
                "real_time_factor": sum(wall for _, wall, _ in files[name]) / seconds,
                "cpu_s_per_audio_s": sum(cpu for _, _, cpu in files[name]) / seconds,
                "live_cpu_s": live,
                "board_decode_s": [each.seconds for each in slow],
                "board_places": room(slow, slots) if share(slow, 1, slots) <= 1 else 0,
                "load_s": loaded[name],
                "rss_mb": _answer(process),
            }
        return found


def lines(found: dict[str, dict[str, Any]]) -> Iterator[str]:
    """A table in Markdown."""
    yield "| | word errors | real-time factor | cpu s per s | 4 s / 8 s, cpu s | memory | board: 4 s / 8 s | places |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for name, each in found.items():
        short, long = each["live_cpu_s"]
        slow_short, slow_long = each["board_decode_s"]
        yield (
            f"| {name} | {100 * (each['word_errors'] or 0):.1f} % | {each['real_time_factor']:.2f} "
            f"| {each['cpu_s_per_audio_s']:.3f} | {short:.2f} / {long:.2f} | {each['rss_mb']} MB "
            f"| {slow_short:.1f} / {slow_long:.1f} s | {each['board_places']} |"
        )


@contextmanager
def _processes(contenders: dict[str, Wanted]) -> Iterator[dict[str, Connection]]:
    spawn = multiprocessing.get_context("spawn")
    started, connections = [], {}
    try:
        for name, wanted in contenders.items():
            connections[name], other = spawn.Pipe()
            started.append(spawn.Process(target=_serve, args=(other, wanted), daemon=True))
            started[-1].start()
            other.close()
        yield connections
    finally:
        for process in started:
            process.kill()
            process.join()


def _answer(process: Connection) -> Any:
    try:
        answer = process.recv()
    except EOFError as error:
        raise BenchError("The process of an engine has ended.") from error
    if isinstance(answer, BenchError):
        raise answer
    return answer


def _serve(asked: Connection, wanted: Wanted) -> None:
    try:
        began = time.monotonic()
        choice = EngineChoice(wanted, cpu_threads=1)
        engine = whisper(choice, files_of(wanted).locate(wanted))
        vad = VadModel()
        asked.send(time.monotonic() - began)
        while True:
            what, *more = asked.recv()
            if what == "file":
                sound, language, endpoints = more
                began, worked = time.monotonic(), time.process_time()
                rows = [each.text for each in transcribe([sound], engine, vad, endpoints, language=language)]
                asked.send((" ".join(rows), time.monotonic() - began, time.process_time() - worked))
            elif what == "live":
                asked.send([_cpu(engine, length) for length in LENGTHS])
            else:
                asked.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 // 1_000_000)
    except EngineError as error:
        asked.send(BenchError(str(error)))


def _cpu(engine: ParallelEngine, seconds: float) -> float:
    """Processor seconds of this process for a live decode."""
    worked = time.process_time()
    engine.rehearse(seconds)
    return time.process_time() - worked
