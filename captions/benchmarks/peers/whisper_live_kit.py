"""WhisperLiveKit (PyPI whisperlivekit) with its LocalAgreement policy: words on which two decodes agree are final.

Its lines are counted as rows, its buffer as tentative text. Its other policy does not use faster-whisper.
"""

import asyncio
import json
from pathlib import Path

from websockets.asyncio.client import ClientConnection

from ..corpus import Recording
from ..page import Row
from .program import Address, Coming

_READY_SECONDS = 60.0


class WhisperLiveKit:
    """The settings are the program's defaults, except for the engine: faster-whisper, as in the other programs."""

    name = "whisperlivekit"
    environment: dict[str, str] = {}

    def command(self, python: Path, model: Path, address: Address) -> list[str]:
        return [
            *(str(python), "-m", "whisperlivekit.basic_server"),
            *("--host", address.host, "--port", str(address.port)),
            *("--backend-policy", "localagreement", "--backend", "faster-whisper"),
            *("--model_dir", str(model), "--pcm-input", "--warmup-file", "", "--log-level", "WARNING"),
        ]

    def url(self, address: Address, recording: Recording) -> str:
        return f"ws://{address.host}:{address.port}/asr?language={recording.language}"

    async def greet(self, connection: ClientConnection, recording: Recording, model: Path) -> None:
        async with asyncio.timeout(_READY_SECONDS):
            await connection.recv()

    def rows(self, message: str | bytes) -> tuple[Row, ...] | None:
        said = json.loads(message)
        if "lines" not in said:
            return None
        found = [
            Row(str(line["text"]).strip(), saved=True)
            for line in said["lines"]
            if (line.get("text") or "").strip()
        ]
        if buffered := str(said.get("buffer_transcription") or "").strip():
            found.append(Row("", buffered))
        return tuple(found)

    def is_end(self, message: str | bytes) -> bool:
        return bool(json.loads(message).get("type") == "ready_to_stop")

    async def finish(self, connection: ClientConnection, coming: Coming) -> None:
        # An empty message ends the sound.
        await connection.send(b"")
        await coming.ended.wait()
