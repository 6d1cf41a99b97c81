"""Transcribes sound with deepgram-sdk: a live connection (`sync` or `async`), or a file at once.

Answers the messages in their order, each with its class; of a file, its one answer.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from deepgram import AsyncDeepgramClient, DeepgramClient, DeepgramClientEnvironment
from deepgram.core.api_error import ApiError
from deepgram.core.events import EventType
from say import answer, asked
from websockets.exceptions import ConnectionClosed, InvalidStatus

_MOST_SECONDS = 120.0


def _server(ask: dict[str, Any]) -> dict[str, Any]:
    url = ask["url"]
    environment = DeepgramClientEnvironment(
        base=url, production=url.replace("http", "ws", 1), agent=url, agent_rest=url
    )
    return {"api_key": ask["token"], "environment": environment}


def _pieces(ask: dict[str, Any]) -> Iterator[bytes]:
    sound, size = Path(ask["sound"]).read_bytes(), ask.get("piece", 3200)
    for start in range(0, len(sound), size):
        yield sound[start : start + size]


def _plain(message: Any) -> dict[str, Any]:
    return (
        {"class": type(message).__name__, **message.dict()}
        if hasattr(message, "dict")
        else {"class": repr(message)}
    )


def synchronous(ask: dict[str, Any]) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    with DeepgramClient(**_server(ask)).listen.v1.connect(**ask["options"]) as connection:
        connection.on(EventType.MESSAGE, lambda message: messages.append(_plain(message)))
        connection.on(EventType.ERROR, lambda error: messages.append({"class": "error", "text": str(error)}))
        reader = threading.Thread(target=connection.start_listening, daemon=True)
        reader.start()
        # A server that refuses what is asked says why, and closes, while this is sending.
        with suppress(ConnectionClosed):
            for piece in _pieces(ask):
                connection.send_media(piece)
            if ask.get("is_finalized"):
                connection.send_finalize()
            connection.send_close_stream()
        reader.join(_MOST_SECONDS)
    return messages


async def asynchronous(ask: dict[str, Any]) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    async with AsyncDeepgramClient(**_server(ask)).listen.v1.connect(**ask["options"]) as connection:
        connection.on(EventType.MESSAGE, lambda message: messages.append(_plain(message)))
        connection.on(EventType.ERROR, lambda error: messages.append({"class": "error", "text": str(error)}))
        reader = asyncio.create_task(connection.start_listening())
        for piece in _pieces(ask):
            await connection.send_media(piece)
        await connection.send_close_stream()
        await asyncio.wait([reader], timeout=_MOST_SECONDS)
    return messages


def file(ask: dict[str, Any]) -> dict[str, Any]:
    client = DeepgramClient(**_server(ask))
    if "url_of_file" in ask:
        return _plain(client.listen.v1.media.transcribe_url(url=ask["url_of_file"], **ask["options"]))
    sound = Path(ask["sound"]).read_bytes()
    return _plain(client.listen.v1.media.transcribe_file(request=sound, **ask["options"]))


def main() -> None:
    ask = asked()
    try:
        if ask["way"] == "async":
            answer({"messages": asyncio.run(asynchronous(ask))})
        elif ask["way"] == "sync":
            answer({"messages": synchronous(ask)})
        else:
            answer({"result": file(ask)})
    except ApiError as error:
        answer({"error": {"status": error.status_code, "body": error.body}})
    except InvalidStatus as error:
        # What its synchronous client lets through from a refused handshake.
        answer({"error": {"status": error.response.status_code}})


main()
