"""The recogniser's process with whisper.cpp in it: a crash of native code costs a new process, and no words."""

import asyncio
import os
import signal
from pathlib import Path

from captions.asr.engine.base import Task, Wanted
from captions.asr.process.config import RecogniserConfig
from captions.asr.process.recogniser import Recogniser
from tests.asr.process.test_recogniser import States, utterance


async def test_a_crash_loses_nothing(tiny_en_file: Path) -> None:
    states = States()
    wanted = Wanted(str(tiny_en_file), runtime="whisper-cpp")
    config = RecogniserConfig(wanted, cpu_threads=1, calibrate=False, retry_seconds=0.01)
    recogniser = Recogniser(config, states)
    await recogniser.start()
    try:
        assert (await states.reach("ready")).device == "cpu"
        hearing = asyncio.create_task(recogniser.decode("a", utterance(1), Task("final")))
        await asyncio.sleep(0)
        assert recogniser.pid is not None
        os.kill(recogniser.pid, signal.SIGABRT)
        heard = await hearing
        assert heard is not None
        assert heard.text.startswith("I am happy")
        await states.reach("ready", 2)
    finally:
        await recogniser.close()
