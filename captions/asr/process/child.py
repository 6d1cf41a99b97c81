"""The recogniser process: one speech model, decoding what the audio worker sends. Nothing here needs Django.

Run by the audio worker as `python -m captions.asr.process.child FD`, FD being its end of a socket pair.
"""

import os
import queue
import signal
import socket
import sys
import threading
import time
import traceback
from dataclasses import asdict
from typing import NoReturn

from ...speech.capacity import Slots
from ..engine.base import EngineError, ParallelEngine, Wanted
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
        line.send(wire.pack_failure(error))


def serve(line: Line, header: wire.Header) -> NoReturn:
    """Loads the model, then decodes until the worker is gone. Raises EngineError when it cannot be loaded."""
    # Only now: these load the inference library, and the worker wants to hear from this process early.
    from ..engine.model_files import locate, name_of
    from .loading import load

    wanted = Wanted(**header["model"])
    name = name_of(wanted)
    downloading = {"type": "loading", "message": f"Downloading the speech model {name}.", "model": name}

    def on_progress(done: int, total: int) -> None:
        line.send({**downloading, "done": done, "total": total})

    located = locate(wanted, on_progress)
    message = f"Loading the speech model {located.name}."
    line.send({"type": "loading", "message": message, "model": located.name, "done": 0, "total": 0})
    loaded = load(located, header)
    line.send(
        {
            "type": "ready",
            "model": loaded.engine.name,
            "device": loaded.engine.device,
            "only_language": loaded.engine.only_language,
            "slots": asdict(loaded.slots),
            "costs": [asdict(cost) for cost in loaded.costs],
            "rss_mb": rss_mb(),
        }
    )
    for number in range(1, loaded.slots.parallel):
        threading.Thread(
            target=_answer_all, args=(line, loaded.engine, loaded.slots), daemon=True, name=f"slot-{number}"
        ).start()
    _answer_all(line, loaded.engine, loaded.slots)


def _answer_all(line: Line, engine: ParallelEngine, slots: Slots) -> NoReturn:
    """Answers one question after the other, beside other threads that do."""
    try:
        while True:
            header, body = line.receive()
            reply = (
                _rehearsed(engine, slots, header)
                if header["type"] == "rehearse"
                else _decoded(engine, header, body)
            )
            line.send({"id": header["id"], "rss_mb": rss_mb(), **reply})
    except BaseException:
        # The worker must not wait for a thread that is no more.
        traceback.print_exc()
        os._exit(1)


def _rehearsed(engine: ParallelEngine, slots: Slots, header: wire.Header) -> wire.Header:
    from ..engine.calibration import rehearse

    try:
        seconds = rehearse(engine, header["seconds"], slots)
    except EngineError as error:
        return wire.pack_failure(error)
    return {"type": "rehearsed", "seconds": seconds}


def _decoded(engine: ParallelEngine, header: wire.Header, body: bytes) -> wire.Header:
    started = time.monotonic()
    request = wire.request_of(header, body)
    try:
        heard = engine.decode(request.audio, request.task)
    except EngineError as error:
        return wire.pack_failure(error)
    return {**wire.pack_result(heard), "seconds": time.monotonic() - started}


def rss_mb() -> int:
    """Memory of this process in megabytes; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1_000_000
    except (OSError, ValueError, IndexError):
        return 0


if __name__ == "__main__":
    main(int(sys.argv[1]))
