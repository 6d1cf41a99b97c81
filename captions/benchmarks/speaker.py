"""The microphones of a benchmark in a separate process: each sends a file over WebRTC. It does not need Django.

Run as `python -m captions.benchmarks.speaker`. It reads and writes lines of JSON. On standard input:
`{"speak": ID, "file": PATH, "seconds": S}`, then `{"speak": ID, "answer": SDP}`, `{"speak": ID, "begin": true}` and
`{"speak": ID, "stop": true}`.
On standard output: `{"speak": ID, "offer": SDP}`, and when the whole file is sent `{"speak": ID, "began": SECONDS}`,
the monotonic time of the first sample. It ends when standard input is closed.
"""

import asyncio
import fractions
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from ..webrtc.audio import TICK_RATE
from ..webrtc.loopback import gather_loopback
from .livetest.player import RATE, load_sound
from .packets import PACKET_SECONDS, TICKS, encoded

# Silence after the file, until the codec's output is silent too.
_SILENCE = np.zeros(RATE // 2, np.int16)


class _Track(MediaStreamTrack):
    """Sends encoded packets in real time, then repeats the last one until it is stopped; the first `spoken` are speech.

    They are encoded in advance, because the process should use little of the machine that is measured. Each packet is
    returned when its last sample would have been spoken; a late one does not delay the following ones.
    """

    kind = "audio"

    def __init__(self, payloads: Sequence[bytes], spoken: int) -> None:
        super().__init__()
        self._payloads = payloads
        self._speech = spoken
        self._sent = 0
        self.may_begin = asyncio.Event()
        self.spoken = asyncio.Event()
        # The monotonic time of the sound's first sample; None before the first packet is requested.
        self.began: float | None = None

    async def recv(self) -> "av.Packet[Any]":
        if self.readyState != "live":
            raise MediaStreamError
        await self.may_begin.wait()
        if self.began is None:
            self.began = time.monotonic()
        due = self.began + (self._sent + 1) * PACKET_SECONDS
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        packet: av.Packet[Any] = av.Packet(self._payloads[min(self._sent, len(self._payloads) - 1)])
        packet.pts, packet.time_base = self._sent * TICKS, fractions.Fraction(1, TICK_RATE)
        self._sent += 1
        if self._sent >= self._speech:
            self.spoken.set()
        return packet


def _track(file: Path, seconds: float) -> _Track:
    sound = load_sound(file)[: round(seconds * RATE)]
    payloads = encoded(np.concatenate([sound, _SILENCE]), RATE)
    return _Track(payloads, -(-sound.size // round(RATE * PACKET_SECONDS)))


class _Microphone:
    def __init__(self, identity: int) -> None:
        self._identity = identity
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._track: _Track | None = None

    async def offer(self, file: Path, seconds: float) -> None:
        # In another thread, because it would interrupt microphones that are already sending.
        self._track = await asyncio.to_thread(_track, file, seconds)
        self._connection.addTrack(self._track)
        # Creating an offer gives the transceivers their transports, which `gather_loopback` needs.
        await self._connection.createOffer()
        gather_loopback(self._connection)
        await self._connection.setLocalDescription()
        self._say(offer=self._connection.localDescription.sdp)

    async def speak(self, answer: str) -> None:
        assert self._track is not None
        await self._connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await self._track.spoken.wait()
        self._say(began=self._track.began)

    async def begin(self) -> None:
        assert self._track is not None
        self._track.may_begin.set()

    async def stop(self) -> None:
        if self._track is not None:
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
            microphones[identity] = _Microphone(identity)
            step = microphones[identity].offer(Path(order["file"]), order["seconds"])
        elif "answer" in order:
            step = microphones[identity].speak(order["answer"])
        elif "begin" in order:
            step = microphones[identity].begin()
        else:
            step = microphones.pop(identity).stop()
        task = asyncio.create_task(step)
        tasks.add(task)
        task.add_done_callback(tasks.discard)


if __name__ == "__main__":
    asyncio.run(main())
