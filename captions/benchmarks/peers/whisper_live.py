"""WhisperLive (PyPI whisper-live): repeatedly decodes everything since the last completed segment.

Completed segments are counted as rows, the others as tentative text.
"""

import asyncio
import json
import uuid
from pathlib import Path

from websockets.asyncio.client import ClientConnection

from ..corpus import Recording
from ..errors import BenchError
from ..page import Row
from .program import Address, Coming

_READY_SECONDS = 60.0
# The text is final after the time that the program's own client waits, or after this many decodes without a change.
_QUIET_SECONDS = 15.0
_SAME = 4

_SERVE = """
import sys
from whisper_live.server import TranscriptionServer
TranscriptionServer().run(
    sys.argv[1], port=int(sys.argv[2]), backend="faster_whisper", faster_whisper_custom_model_path=sys.argv[3],
    single_model=True, max_clients=64, max_connection_time=36000,
)
"""


class WhisperLive:
    """The settings are those of its own client, except that messages contain all segments."""

    name = "whisper-live"
    # As in its own start script.
    environment = {"OMP_NUM_THREADS": "1"}

    def command(self, python: Path, model: Path, address: Address) -> list[str]:
        return [str(python), "-c", _SERVE, address.host, str(address.port), str(model)]

    def url(self, address: Address, recording: Recording) -> str:
        return f"ws://{address.host}:{address.port}"

    async def greet(self, connection: ClientConnection, recording: Recording, model: Path) -> None:
        options = {
            "uid": str(uuid.uuid4()),
            "language": recording.language,
            "task": "transcribe",
            "model": str(model),
            "use_vad": True,
            "audio_format": "int16",
            "send_last_n_segments": 10_000,
        }
        await connection.send(json.dumps(options))
        async with asyncio.timeout(_READY_SECONDS):
            while True:
                said = json.loads(await connection.recv())
                if said.get("message") == "SERVER_READY":
                    return
                if said.get("status"):
                    raise BenchError(f"{self.name} said {said['status']}: {said.get('message')}")

    def rows(self, message: str | bytes) -> tuple[Row, ...] | None:
        segments = json.loads(message).get("segments")
        if segments is None:
            return None
        found = []
        for segment in segments:
            text = str(segment["text"]).strip()
            if text:
                found.append(Row(text, saved=True) if segment["completed"] else Row("", text))
        return tuple(found)

    def is_end(self, message: str | bytes) -> bool:
        return False

    async def finish(self, connection: ClientConnection, coming: Coming) -> None:
        await coming.settled(_QUIET_SECONDS, _SAME)
        await connection.send(b"END_OF_AUDIO")
