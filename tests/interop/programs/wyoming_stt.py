"""Transcribes a WAV file as Home Assistant does, with wyoming's own client: one connection for each question.

Answers what the server says of itself, the types of its events, and the transcript.
"""

import asyncio
import wave
from typing import Any

from say import answer, asked
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.info import Describe, Info
from wyoming.ping import Ping

_INFO_SECONDS = 1.0
_PIECE = 1024


async def describe(host: str, port: int) -> dict[str, Any]:
    async with asyncio.timeout(_INFO_SECONDS), AsyncTcpClient(host, port) as client:
        await client.write_event(Describe().event())
        while event := await client.read_event():
            if Info.is_type(event.type):
                return Info.from_event(event).to_dict()
    raise ConnectionError("Connection closed unexpectedly")


async def transcribe(host: str, port: int, ask: dict[str, Any]) -> dict[str, Any]:
    kinds: list[str] = []
    async with AsyncTcpClient(host, port) as client:
        await client.write_event(Transcribe(**ask.get("options", {})).event())
        with wave.open(ask["wav"]) as file:
            form = {
                "rate": file.getframerate(),
                "width": file.getsampwidth(),
                "channels": file.getnchannels(),
            }
            await client.write_event(AudioStart(**form).event())
            while sound := file.readframes(_PIECE):
                await client.write_event(AudioChunk(audio=sound, **form).event())
        await client.write_event(AudioStop().event())
        while event := await client.read_event():
            kinds.append(event.type)
            if Transcript.is_type(event.type):
                said = Transcript.from_event(event)
                return {"events": kinds, "text": said.text, "language": said.language}
            if Error.is_type(event.type):
                kinds.append(Error.from_event(event).text)
    return {"events": kinds}


async def ping(host: str, port: int) -> str:
    async with AsyncTcpClient(host, port) as client:
        await client.write_event(Ping(text="hello").event())
        event = await client.read_event()
        return event.type if event else ""


async def main() -> None:
    ask = asked()
    host, port = ask["host"], ask["port"]
    if ask["call"] == "describe":
        answer(await describe(host, port))
    elif ask["call"] == "ping":
        answer(await ping(host, port))
    else:
        answer(await transcribe(host, port, ask))


asyncio.run(main())
