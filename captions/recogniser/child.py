"""The recogniser process: one speech model, decoding what the audio worker sends. Nothing here needs Django.

Run by the audio worker as `python -m captions.recogniser.child FD`, FD being its end of a socket pair.
"""

import os
import queue
import signal
import socket
import sys
import threading
import time
from dataclasses import asdict
from typing import NoReturn

from ..engines.base import EngineError, Wanted
from ..speech.capacity import Cost
from . import wire


class Line:
    """The socket to the audio worker."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._lock = threading.Lock()
        self._inbox: queue.Queue[tuple[wire.Header, bytes]] = queue.Queue()
        threading.Thread(target=self._read, daemon=True, name="line").start()

    def receive(self) -> tuple[wire.Header, bytes]:
        return self._inbox.get()

    def send(self, header: wire.Header) -> None:
        with self._lock:
            try:
                self._socket.sendall(wire.pack(header))
            except OSError:
                os._exit(0)

    def _read(self) -> NoReturn:
        with self._socket.makefile("rb") as file:
            while frame := wire.receive_blocking(file):
                self._inbox.put(frame)
        # Nobody waits for what is being loaded or decoded any more, and native code cannot be interrupted.
        os._exit(0)


def main(descriptor: int) -> None:
    # The worker decides when this process ends; a signal to the whole group would lose the last words.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    line = Line(descriptor)
    header, _ = line.receive()
    try:
        serve(line, header)
    except EngineError as error:
        line.send({"type": "failed", "message": str(error), "retryable": error.retryable})


def serve(line: Line, header: wire.Header) -> NoReturn:
    """Loads the model, then decodes until the worker is gone. Raises EngineError when it cannot be loaded."""
    # Only now: these load the inference library, and the worker wants to hear from this process early.
    from ..engines import calibration, devices
    from ..engines.local_whisper import LocalWhisper
    from ..engines.model_files import locate, name_of

    wanted = Wanted(**header["model"])
    downloading = f"Downloading the speech model {name_of(wanted)}."

    def on_progress(done: int, total: int) -> None:
        line.send({"type": "loading", "message": downloading, "done": done, "total": total})

    located = locate(wanted, on_progress)
    line.send(
        {"type": "loading", "message": f"Loading the speech model {located.name}.", "done": 0, "total": 0}
    )

    def load(cpu_threads: int) -> LocalWhisper:
        engine = LocalWhisper(
            located.path,
            name=located.name,
            device=wanted.device,
            compute_type=header["compute_type"],
            cpu_threads=cpu_threads,
            full_window=header["full_window"],
        )
        if header["language"]:
            engine.known_language(header["language"])
        return engine

    threads = header["cpu_threads"] or devices.cores()
    costs: tuple[Cost, ...] = ()
    if not header["calibrate"]:
        engine = load(threads)
    elif header["cpu_threads"] or devices.default_device(wanted.device) != "cpu":
        engine = load(threads)
        costs = calibration.calibrate(engine)
    else:
        best = calibration.with_best_threads(load, calibration.thread_candidates(threads))
        engine, threads, costs = best.engine, best.threads, best.costs
        del best
    line.send(
        {
            "type": "ready",
            "model": engine.name,
            "device": engine.device,
            "demo": located.demo,
            "message": located.reason,
            "cpu_threads": threads,
            "costs": [asdict(cost) for cost in costs],
            "rss_mb": rss_mb(),
        }
    )
    while True:
        header, body = line.receive()
        started = time.monotonic()
        try:
            if header["type"] == "rehearse":
                engine.rehearse(header["kind"], header["seconds"])
                line.send({"type": "rehearsed", "seconds": time.monotonic() - started})
                continue
            hypothesis = engine.decode(wire.audio_of(body), wire.task_of(header))
        except EngineError as error:
            line.send({"type": "error", "message": str(error), "retryable": error.retryable})
        else:
            line.send(wire.pack_result(hypothesis, time.monotonic() - started, rss_mb()))


def rss_mb() -> int:
    """Memory of this process in megabytes; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1_000_000
    except (OSError, ValueError, IndexError):
        return 0


if __name__ == "__main__":
    main(int(sys.argv[1]))
