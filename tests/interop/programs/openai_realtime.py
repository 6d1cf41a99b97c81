"""Transcribes a file of 24 kHz samples over openai's Realtime connection and answers all events, in their order.

`dialect` is `ga` or `beta`; `end` is `voice` (the server ends items; there is silence after the words) or `commit`.
"""

import asyncio
import base64
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
from say import answer, asked

_PIECE = 4800
_QUIET_SECONDS = 3.0
_MOST_SECONDS = 150.0
_SAID = "conversation.item.input_audio_transcription."


class Session:
    """What is sent, and when all of it has been answered."""

    def __init__(self, ask: dict[str, Any]) -> None:
        self.ask = ask
        self.events: list[dict[str, Any]] = []
        self.is_sent = False
        self._last = time.monotonic()

    def note(self, event: Any) -> None:
        self.events.append(event.to_dict(mode="json"))
        self._last = time.monotonic()

    def messages(self) -> Iterator[dict[str, Any]]:
        ask = self.ask
        update = "transcription_session.update" if ask["dialect"] == "beta" else "session.update"
        if ask.get("session"):
            yield {"type": update, "session": ask["session"]}
        sound = Path(ask["sound"]).read_bytes()
        for start in range(0, len(sound), _PIECE):
            piece = base64.b64encode(sound[start : start + _PIECE]).decode()
            yield {"type": "input_audio_buffer.append", "audio": piece}
        if ask["end"] == "commit":
            yield {"type": "input_audio_buffer.commit"}
        yield from ask.get("after", [])

    def is_over(self) -> bool:
        kinds = [event["type"] for event in self.events]
        began = kinds.count("input_audio_buffer.speech_started")
        committed = kinds.count("input_audio_buffer.committed")
        said = kinds.count(f"{_SAID}completed") + kinds.count(f"{_SAID}failed")
        is_answered = self.is_sent and 0 < committed == said >= began
        return is_answered and time.monotonic() - self._last > self.ask.get("quiet", _QUIET_SECONDS)


def _server(ask: dict[str, Any]) -> dict[str, str]:
    # Its beta dialect makes wss of every base_url.
    socket = ask["base_url"].replace("http", "ws", 1)
    return {"base_url": ask["base_url"], "websocket_base_url": socket, "api_key": ask["token"]}


def synchronous(session: Session, ask: dict[str, Any]) -> None:
    client = openai.OpenAI(**_server(ask))
    realtime = client.beta.realtime if ask["dialect"] == "beta" else client.realtime
    with realtime.connect(**ask["connect"]) as connection:
        reader = threading.Thread(target=_read, args=(session, connection), daemon=True)
        reader.start()
        for message in session.messages():
            connection.send(message)
        session.is_sent = True
        deadline = time.monotonic() + _MOST_SECONDS
        while reader.is_alive() and not session.is_over() and time.monotonic() < deadline:
            time.sleep(0.1)


def _read(session: Session, connection: Any) -> None:
    for event in connection:
        session.note(event)


async def asynchronous(session: Session, ask: dict[str, Any]) -> None:
    client = openai.AsyncOpenAI(**_server(ask))
    realtime = client.beta.realtime if ask["dialect"] == "beta" else client.realtime
    async with realtime.connect(**ask["connect"]) as connection:

        async def read() -> None:
            async for event in connection:
                session.note(event)

        reader = asyncio.create_task(read())
        for message in session.messages():
            await connection.send(message)
        session.is_sent = True
        async with asyncio.timeout(_MOST_SECONDS):
            while not reader.done() and not session.is_over():
                await asyncio.wait([reader], timeout=0.1)
        reader.cancel()


def main() -> None:
    ask = asked()
    session = Session(ask)
    try:
        if ask.get("is_async"):
            asyncio.run(asynchronous(session, ask))
        else:
            synchronous(session, ask)
    except Exception as error:
        answer({"events": session.events, "error": f"{type(error).__name__}: {error}"})
    else:
        answer({"events": session.events})


main()
