"""Transcribes a WAV file with a speech-to-text plug-in of LiveKit Agents (`openai` or `deepgram`).

Answers the events: `[type, text]` in their order.
"""

import asyncio
import wave
from typing import Any

import aiohttp
from livekit import rtc
from livekit.agents import stt
from livekit.agents.utils import http_context
from livekit.plugins import deepgram, openai
from say import answer, asked

_LAST_SECONDS = 5.0


def _service(ask: dict[str, Any], session: aiohttp.ClientSession) -> stt.STT:
    if ask["plugin"] == "deepgram":
        return deepgram.STT(
            base_url=ask["base_url"], api_key=ask["token"], http_session=session, **ask.get("options", {})
        )
    return openai.STT(base_url=ask["base_url"], api_key=ask["token"], **ask.get("options", {}))


async def transcribe(ask: dict[str, Any]) -> list[list[str]]:
    async with aiohttp.ClientSession() as session:
        http_context._new_session_ctx()
        service = _service(ask, session)
        with wave.open(ask["wav"]) as file:
            rate = file.getframerate()
            pieces = [file.readframes(rate // 20) for _ in range(file.getnframes() * 20 // rate)]
        frames = [rtc.AudioFrame(piece, rate, 1, len(piece) // 2) for piece in pieces]
        try:
            if not ask["is_stream"]:
                event = await service.recognize(frames)
                return [[event.type.value, event.alternatives[0].text, str(event.alternatives[0].language)]]
            return await _stream(service, frames, ask)
        finally:
            await service.aclose()
            await http_context._close_http_ctx()


async def _stream(service: stt.STT, frames: list[rtc.AudioFrame], ask: dict[str, Any]) -> list[list[str]]:
    found: list[list[str]] = []
    stream = service.stream()

    async def read() -> None:
        async for event in stream:
            text = event.alternatives[0].text if event.alternatives else ""
            found.append([event.type.value, text])

    reader = asyncio.create_task(read())
    for frame in frames:
        stream.push_frame(frame)
        # A voice agent has its sound from a room, in real time; this is faster.
        await asyncio.sleep(ask.get("pace", 0.01))
    stream.end_input()
    # The plug-in for OpenAI waits for ever for a server that has nothing more to say.
    while True:
        heard = len(found)
        done, _ = await asyncio.wait([reader], timeout=ask.get("quiet", _LAST_SECONDS))
        if done or (len(found) == heard and any(kind == "final_transcript" for kind, _ in found)):
            break
    await stream.aclose()
    if reader.done() and reader.exception():
        raise reader.exception()
    reader.cancel()
    return found


answer(asyncio.run(transcribe(asked())))
