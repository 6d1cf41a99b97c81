"""Transcribes a WAV file with the speech-to-text model of openai-agents, as a stream or as one file."""

import asyncio
import wave
from typing import Any

import numpy as np
from agents.voice import AudioInput, StreamedAudioInput, STTModelSettings
from agents.voice.models.openai_stt import OpenAISTTModel
from openai import AsyncOpenAI
from say import answer, asked

_PIECE = 2400


async def transcribe(ask: dict[str, Any]) -> list[str]:
    socket = ask["base_url"].replace("http", "ws", 1)
    client = AsyncOpenAI(base_url=ask["base_url"], websocket_base_url=socket, api_key=ask["token"])
    model = OpenAISTTModel(ask["model"], client)
    settings = STTModelSettings(**ask.get("settings", {}))
    with wave.open(ask["wav"]) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    if not ask["is_stream"]:
        return [await model.transcribe(AudioInput(samples), settings, False, False)]
    sound = StreamedAudioInput()
    for start in range(0, len(samples), _PIECE):
        await sound.add_audio(samples[start : start + _PIECE])
    await sound.add_audio(None)
    session = await model.create_session(sound, settings, False, False)
    return [turn async for turn in session.transcribe_turns()]


answer(asyncio.run(transcribe(asked())))
