"""Streams over WebRTC: the microphones are in another process, the receiving end is the audio worker's own."""

import asyncio
import itertools
import json
import os
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from ..core.cancellation import cancel_and_wait
from ..webrtc.peer import Peer
from ..webrtc.watchdog import PeerState
from .corpus import Recording
from .errors import BenchError
from .stream import DRAIN_SECONDS, TAIL_SECONDS, Ear, Make, Told

_ROOT = str(Path(__file__).resolve().parents[2])
_SETUP_SECONDS = 30.0
_LINE_BYTES = 2**20


class Microphones:
    """The process of the microphones (`speaker`); an asynchronous context manager that starts and stops it."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._said: dict[int, asyncio.Queue[dict[str, Any]]] = {}

    async def __aenter__(self) -> "Microphones":
        paths = [_ROOT, os.environ.get("PYTHONPATH", "")]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "captions.benchmarks.speaker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            limit=_LINE_BYTES,
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await cancel_and_wait([self._reading])
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    async def speak(self, recording: Recording, make: Make) -> Told:
        """The same as `stream.speak`, but over WebRTC. Raises BenchError if the connection fails."""
        told = Told()
        transcriber = make(str(uuid.uuid4()), told)
        failed = asyncio.get_running_loop().create_future()

        def changed(state: PeerState, reason: str) -> None:
            if state in ("failed", "lost") and not failed.done():
                failed.set_result(reason)

        ear = Ear(transcriber, recording.seconds + TAIL_SECONDS)
        peer = Peer(1, on_audio=ear, on_state=changed, allow_loopback=True)
        speaking = asyncio.create_task(self._converse(recording, peer, ear, told))
        try:
            await asyncio.wait([speaking, failed], return_when=asyncio.FIRST_COMPLETED)
            if not speaking.done():
                raise BenchError(f"The WebRTC connection of a stream was lost ({failed.result()}).")
            await speaking
            transcriber.flush()
            told.complete = await transcriber.drained(DRAIN_SECONDS)
        finally:
            await cancel_and_wait([speaking])
            await peer.close()
            await transcriber.close()
        return told

    async def _converse(self, recording: Recording, peer: Peer, ear: Ear, told: Told) -> None:
        number = next(self._numbers)
        self._said[number] = asyncio.Queue()
        try:
            async with asyncio.timeout(_SETUP_SECONDS):
                await self._order(number, file=str(recording.path.resolve()), seconds=recording.seconds)
                offer = await self._next(number, "offer")
                await self._order(number, answer=await peer.answer(offer))
                # People begin to speak when the page shows that it is listening.
                await peer.connected()
                await self._order(number, begin=True)
        except TimeoutError as error:
            raise BenchError(
                f"No WebRTC connection came about within {_SETUP_SECONDS:.0f} s. The machine may be too busy."
            ) from error
        told.began = await self._next(number, "began")
        # When the last packet has been sent, a busy worker still has packets to read, and all of them count.
        due = told.began + recording.seconds + TAIL_SECONDS + DRAIN_SECONDS
        try:
            async with asyncio.timeout(due - time.monotonic()):
                await ear.enough.wait()
        except TimeoutError as error:
            raise BenchError(f"The sound of a stream came more than {DRAIN_SECONDS:.0f} s late.") from error
        await self._order(number, stop=True)

    async def _order(self, number: int, **fields: Any) -> None:
        assert self._process.stdin is not None
        with suppress(ConnectionError):
            self._process.stdin.write(json.dumps({"speak": number, **fields}).encode() + b"\n")
            await self._process.stdin.drain()

    async def _next(self, number: int, name: str) -> Any:
        said = await self._said[number].get()
        if name not in said:
            raise BenchError("The process of the microphones ended.")
        return said[name]

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            said = json.loads(line)
            self._said[said["speak"]].put_nowait(said)
        for waiting in self._said.values():
            waiting.put_nowait({})
