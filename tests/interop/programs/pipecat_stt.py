"""Runs a speech-to-text service of Pipecat in a pipeline over a WAV file, and answers the frames: `[class, text]`.

`turns` says who ends a turn: `server`, or `pipeline`, as a voice detector in the pipeline does.
"""

import asyncio
import wave
from typing import Any

from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.deepgram.stt import DeepgramSTTService
from pipecat.services.openai.stt import OpenAIRealtimeSTTService, OpenAISTTService
from say import answer, asked

_QUIET_SECONDS = 5.0
_MOST_SECONDS = 120.0


class Collector(FrameProcessor):
    """The end of the pipeline: writes down what was heard."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[list[str]] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, TranscriptionFrame | InterimTranscriptionFrame):
            self.heard.append([type(frame).__name__, frame.text])
        elif isinstance(frame, ErrorFrame):
            self.heard.append(["ErrorFrame", str(frame.error)])
        await self.push_frame(frame, direction)


def _service(ask: dict[str, Any]) -> Any:
    key, url, model = ask["token"], ask["base_url"], ask["model"]
    if ask["service"] == "deepgram":
        return DeepgramSTTService(api_key=key, base_url=url)
    if ask["service"] == "files":
        settings = OpenAISTTService.Settings(model=model)
        return OpenAISTTService(api_key=key, base_url=url, settings=settings)
    turns = {"type": "server_vad"} if ask["turns"] == "server" else False
    settings = OpenAIRealtimeSTTService.Settings(model=model)
    return OpenAIRealtimeSTTService(api_key=key, base_url=url, settings=settings, turn_detection=turns)


async def transcribe(ask: dict[str, Any]) -> list[list[str]]:
    collector = Collector()
    with wave.open(ask["wav"]) as file:
        rate, pieces = file.getframerate(), []
        while piece := file.readframes(file.getframerate() // 50):
            pieces.append(piece)
    params = PipelineParams(audio_in_sample_rate=rate)
    task = PipelineTask(Pipeline([_service(ask), collector]), params=params, idle_timeout_secs=None)
    runner = asyncio.create_task(PipelineRunner(handle_sigint=False).run(task))
    await asyncio.sleep(2)
    if ask["turns"] == "pipeline":
        await task.queue_frame(VADUserStartedSpeakingFrame())
    for piece in pieces:
        await task.queue_frame(InputAudioRawFrame(audio=piece, sample_rate=rate, num_channels=1))
        await asyncio.sleep(ask.get("pace", 0.005))
    if ask["turns"] == "pipeline":
        await task.queue_frame(VADUserStoppedSpeakingFrame())
    await _until_quiet(collector)
    await task.queue_frame(EndFrame())
    await asyncio.wait([runner], timeout=20)
    return collector.heard


async def _until_quiet(collector: Collector) -> None:
    async with asyncio.timeout(_MOST_SECONDS):
        while True:
            heard = len(collector.heard)
            await asyncio.sleep(_QUIET_SECONDS)
            if (
                heard
                and len(collector.heard) == heard
                and collector.heard[-1][0] != "InterimTranscriptionFrame"
            ):
                return


answer(asyncio.run(transcribe(asked())))
