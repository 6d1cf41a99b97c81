"""The recogniser process: one speech model, decoding what the audio worker sends. Nothing here needs Django.

Run by the audio worker as `python -m captions.asr.process.child`.
"""

import os
import signal
import threading
import time
import traceback
from typing import NoReturn

from ...speech.capacity import Slots
from ..engine.base import EngineError, ParallelEngine
from ..ipc import Failed, Parent
from .messages import (
    TO_CHILD,
    Decode,
    Decoded,
    Load,
    Question,
    Ready,
    Rehearse,
    Rehearsed,
    Reply,
    ToChild,
)


def main() -> None:
    # The worker decides when this process ends; a signal to the whole group would lose the last words.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    worker = Parent(TO_CHILD)
    wanted = worker.receive()
    assert isinstance(wanted, Load)
    try:
        serve(worker, wanted)
    except EngineError as error:
        worker.send(Failed.of(error))


def serve(worker: Parent[ToChild], wanted: Load) -> NoReturn:
    """Loads the model, then decodes until the worker is gone. Raises EngineError when it cannot be loaded."""
    # Only now: this loads the inference library, and the worker wants to hear from this process early.
    from .loading import load

    loaded = load(wanted, worker.send)
    engine = loaded.engine
    worker.send(Ready(engine.name, engine.device, loaded.only_language, loaded.slots, loaded.costs, rss_mb()))
    for number in range(1, loaded.slots.parallel):
        threading.Thread(
            target=_answer_all, args=(worker, engine, loaded.slots), daemon=True, name=f"slot-{number}"
        ).start()
    _answer_all(worker, engine, loaded.slots)


def _answer_all(worker: Parent[ToChild], engine: ParallelEngine, slots: Slots) -> NoReturn:
    """Answers one question after the other, beside other threads that do."""
    try:
        while True:
            asked = worker.receive()
            assert isinstance(asked, Question)
            answer = _answer(engine, slots, asked.question)
            worker.send(Reply(asked.id, rss_mb(), answer))
    except BaseException:
        # The worker must not wait for a thread that is no more.
        traceback.print_exc()
        os._exit(1)


def _answer(
    engine: ParallelEngine, slots: Slots, question: Decode | Rehearse
) -> Decoded | Rehearsed | Failed:
    from ..engine.calibration import rehearse

    started = time.monotonic()
    try:
        if isinstance(question, Rehearse):
            return Rehearsed(rehearse(engine, question.seconds, slots))
        request = question.request()
        heard = engine.decode(request.audio, request.task)
    except EngineError as error:
        return Failed.of(error)
    return Decoded(heard, time.monotonic() - started)


def rss_mb() -> int:
    """Memory of this process in megabytes; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1_000_000
    except (OSError, ValueError, IndexError):
        return 0


if __name__ == "__main__":
    main()
