"""The microphones of a benchmark, in a process of their own: each speaks a file over WebRTC. Nothing here needs Django.

Run as `python -m captions.bench.speaker`. It talks in lines of JSON. From standard input:
`{"speak": ID, "file": PATH, "seconds": S}`, then `{"speak": ID, "answer": SDP}`, then `{"speak": ID, "stop": true}`.
To standard output: `{"speak": ID, "offer": SDP}`, and when all is spoken `{"speak": ID, "began": SECONDS}`, the
monotonic time of the first sample. It ends with its standard input.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from ..livetest.player import RATE, FileTrack, load_sound
from ..rtc.loopback import gather_loopback


class _Microphone:
    def __init__(self, identity: int, file: Path, seconds: float) -> None:
        self._identity = identity
        self._track = FileTrack(load_sound(file)[: round(seconds * RATE)])
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))

    async def offer(self) -> None:
        self._connection.addTrack(self._track)
        # The offer can only be made of transceivers that have a transport, and those come with it.
        await self._connection.createOffer()
        gather_loopback(self._connection)
        await self._connection.setLocalDescription()
        self._say(offer=self._connection.localDescription.sdp)

    async def speak(self, answer: str) -> None:
        await self._connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await self._track.spoken.wait()
        self._say(began=self._track.began)

    async def stop(self) -> None:
        self._track.stop()
        await self._connection.close()

    def _say(self, **fields: Any) -> None:
        print(json.dumps({"speak": self._identity, **fields}), flush=True)


async def main() -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    microphones: dict[int, _Microphone] = {}
    tasks: set[asyncio.Task[None]] = set()
    while line := await reader.readline():
        order = json.loads(line)
        identity = order["speak"]
        if "file" in order:
            microphones[identity] = _Microphone(identity, Path(order["file"]), order["seconds"])
            step = microphones[identity].offer()
        elif "answer" in order:
            step = microphones[identity].speak(order["answer"])
        else:
            step = microphones.pop(identity).stop()
        task = asyncio.create_task(step)
        tasks.add(task)
        task.add_done_callback(tasks.discard)


if __name__ == "__main__":
    asyncio.run(main())
